/** A bare Zeebe process with as many service tasks as a rail's model has on its straight way, and workers that do nothing. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createThrottle } from '../connectors/throttle.ts';
import { isBackpressure, type Zeebe } from '../platform/zeebe.ts';

/** Service tasks, and the task after which the instance waits for a message or a second, as in bpmn/transfer-<rail>.bpmn. */
const shapes: Readonly<Record<string, { readonly tasks: number; readonly waitAfter?: number }>> = {
  mojaloop: { tasks: 4 },
  gsma: { tasks: 3, waitAfter: 1 },
};

/** When the simulated provider calls back. */
const callbackMs = 200;
/** As many jobs at once as the hub takes of a payment. */
const jobsMax = 64;
const startsAtOnce = 16;

type Counting = { ends: number[]; wanted: number; done: () => void };
let counting: Counting | undefined;
/** Who waits for the task at which a payment would be final, the one before the last. */
const waiting = new Map<string, (at: number) => void>();

/** Deploys the model and serves its jobs; once per stack. */
export async function serveBare(zeebe: Zeebe, rail: string): Promise<void> {
  const { tasks, waitAfter } = shapes[rail]!;
  const deploy = () => zeebe.deploy([{ name: `bare-${rail}.bpmn`, xml: modelOf(rail) }]);
  await deploy();
  for (let task = 1; task <= tasks; task += 1) {
    zeebe.serve({
      type: `bare-${task}`,
      variables: ['endToEndId'],
      jobsMax,
      timeoutMs: 30_000,
      async handle(job) {
        if (task === waitAfter) callBackLater(zeebe, String(job.variables.endToEndId));
        if (task === tasks - 1) waiting.get(String(job.variables.endToEndId))?.(Date.now());
        if (task === tasks) ended();
        return { kind: 'complete', variables: { state: 'final', waitFor: 'PT1S' } };
      },
    });
  }
}

/** Starts that many and waits until the last has ended; answers when the first began and when each ended. */
export async function bareInstances(
  zeebe: Zeebe,
  rail: string,
  wanted: number,
): Promise<{ from: number; ends: number[] }> {
  const ends: number[] = [];
  const all = new Promise<void>((done) => {
    counting = { ends, wanted, done };
  });
  const throttle = createThrottle({ min: 4, max: startsAtOnce, sleep: (ms) => sleep(ms) });
  const from = Date.now();
  const start = (row: number) => {
    const endToEndId = `${from}-${row}`;
    // The same variables as a payment of a batch has.
    const variables = { tenantId: 'bench', batchId: endToEndId, subBatchId: `${endToEndId}-1`, row, rail, endToEndId };
    return throttle.run(() => zeebe.start(`bare-${rail}`, variables), isBackpressure);
  };
  await Promise.all(Array.from({ length: wanted }, (_, row) => start(row)));
  await all;
  return { from, ends };
}

/** Starts one and resolves with the time at which its payment would be final. */
export async function bareInstance(zeebe: Zeebe, rail: string): Promise<number> {
  const endToEndId = randomUUID();
  const final = new Promise<number>((resolve) => void waiting.set(endToEndId, resolve));
  await zeebe.start(`bare-${rail}`, { tenantId: 'bench', batchId: endToEndId, row: 1, rail, endToEndId });
  return final.finally(() => waiting.delete(endToEndId));
}

function ended(): void {
  if (!counting) return;
  counting.ends.push(Date.now());
  if (counting.ends.length === counting.wanted) counting.done();
}

function callBackLater(zeebe: Zeebe, key: string): void {
  const message = { name: 'bare-called-back', key, messageId: key, variables: {}, ttlMs: 60_000 };
  setTimeout(() => zeebe.publish(message).catch(() => undefined), callbackMs);
}

function modelOf(rail: string): string {
  const { tasks, waitAfter } = shapes[rail]!;
  const nodes: string[] = ['<bpmn:startEvent id="Start"/>'];
  const flows: string[] = [];
  let last = 'Start';
  const flow = (to: string, from = last) => {
    flows.push(`<bpmn:sequenceFlow id="Flow_${from}_${to}" sourceRef="${from}" targetRef="${to}"/>`);
    last = to;
  };
  for (let task = 1; task <= tasks; task += 1) {
    nodes.push(
      `<bpmn:serviceTask id="Task_${task}"><bpmn:extensionElements><zeebe:taskDefinition type="bare-${task}" retries="5"/></bpmn:extensionElements></bpmn:serviceTask>`,
    );
    flow(`Task_${task}`);
    if (task !== waitAfter) continue;
    nodes.push(waitNodes);
    flow('Wait');
    flow('TimeToAsk');
    flow('CalledBack', 'Wait');
    flow('WaitOver', 'TimeToAsk');
    flow('WaitOver', 'CalledBack');
  }
  nodes.push('<bpmn:endEvent id="End"/>');
  flow('End');
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="Definitions_bare" targetNamespace="http://bpmn.io/schema/bpmn">
<bpmn:process id="bare-${rail}" isExecutable="true">${nodes.join('')}${flows.join('')}</bpmn:process>
<bpmn:message id="Message_CalledBack" name="bare-called-back"><bpmn:extensionElements><zeebe:subscription correlationKey="=endToEndId"/></bpmn:extensionElements></bpmn:message>
</bpmn:definitions>`;
}

const waitNodes = `<bpmn:eventBasedGateway id="Wait"/>
<bpmn:intermediateCatchEvent id="TimeToAsk"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">=duration(waitFor)</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
<bpmn:intermediateCatchEvent id="CalledBack"><bpmn:messageEventDefinition messageRef="Message_CalledBack"/></bpmn:intermediateCatchEvent>
<bpmn:exclusiveGateway id="WaitOver"/>`;

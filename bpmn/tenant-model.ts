/// <reference path="./bpmn-io.d.ts" />
/** A tenant's own version of a model: the same drawing under the tenant's process id and start message. Pure. */
import { createRequire } from 'node:module';
import { BpmnModdle, type ModdleElement } from 'bpmn-moddle';

/**
 * `bulk-transfer` becomes `bulk-transfer-ibank-usa`, started by the message `bulk-transfer-requested-ibank-usa`:
 * under one message name, one request would start both the common and the tenant's process.
 */
export async function tenantModel(xml: string, tenant: string): Promise<string> {
  const moddle = new BpmnModdle({ zeebe: createRequire(import.meta.url)('zeebe-bpmn-moddle/resources/zeebe.json') });
  const { rootElement } = await moddle.fromXML(xml);
  const processes = (rootElement.rootElements as ModdleElement[]).filter((e) => e.$type === 'bpmn:Process');
  for (const message of new Set(processes.flatMap(startMessages)))
    message.name = tenantName(String(message.name), tenant);
  for (const process of processes) process.id = tenantName(String(process.id), tenant);
  return (await moddle.toXML(rootElement, { format: true })).xml;
}

/** Of a process id or of a start message. */
export function tenantName(name: string, tenant: string): string {
  return `${name}-${tenant}`;
}

/** Of the process itself; messages that wake it keep their names, since their keys are ids of one batch or payment. */
function startMessages(process: ModdleElement): ModdleElement[] {
  const starts = (process.flowElements as ModdleElement[]).filter((e) => e.$type === 'bpmn:StartEvent');
  const definitions = starts.flatMap((start) => (start.eventDefinitions ?? []) as ModdleElement[]);
  return definitions.flatMap(({ messageRef }) => (messageRef as ModdleElement | undefined) ?? []);
}

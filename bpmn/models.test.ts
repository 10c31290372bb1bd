/** The contract of models, templates and code; and that the checker of it finds each kind of mistake. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { validateZeebe } from '@bpmn-io/element-templates-validator';
import { describe, expect, test } from 'vitest';
import { rails } from '../connectors/rails.ts';
import { transferProcessOf } from '../domain/process.ts';
import { checkCoverage, checkModels, type Known, problemText } from './check-models.ts';
import { knownNames } from './known-names.ts';
import { modelFiles, readModels } from './read-files.ts';
import { tenantModel } from './tenant-model.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const models = readModels(modelFiles(root));
const known = knownNames(root);

describe('the house', () => {
  test('each model agrees with the code and the templates', async () => {
    expect((await checkModels(models, known)).map(problemText)).toEqual([]);
  });

  test('each job type, message and error of the code has its place with the modelers', async () => {
    expect((await checkCoverage(models, known)).map(problemText)).toEqual([]);
  });

  test('each rail of type PAYMENT has the model of its payments', () => {
    const wanted = rails.filter(({ type }) => type === 'PAYMENT').map(({ id }) => `${transferProcessOf(id)}.bpmn`);
    expect(models.map(({ file }) => file)).toEqual(expect.arrayContaining(wanted));
  });

  test('each element template is one that Camunda Modeler takes', () => {
    for (const { file, json } of known.templates) {
      const { errors, warnings } = validateZeebe(json);
      expect([file, ...(errors ?? []), ...(warnings ?? [])]).toEqual([file]);
    }
  });

  test('bpmnlint finds nothing', () => {
    const linter = fileURLToPath(new URL('../node_modules/bpmnlint/bin/bpmnlint.js', import.meta.url));
    const lint = () => execFileSync(process.execPath, [linter, '--max-warnings=0', ...modelFiles(root)], { cwd: root });
    expect(lint).not.toThrow();
  }, 30_000);
});

describe('the checker', () => {
  test.each<[what: string, file: string, from: string | RegExp, to: string, says: string]>([
    [
      'a job type that nobody serves, with the name that was meant',
      'bulk-transfer',
      'type="validate-batch"',
      'type="validate-bach"',
      'bulk-transfer.bpmn, "Validate batch" (Task_ValidateBatch): nobody serves the job type "validate-bach"; did you mean "validate-batch"? there are ',
    ],
    [
      'a kind of rail job that no rail serves',
      'transfer-gsma',
      '=&#34;ask-&#34; + rail',
      '=&#34;asks-&#34; + rail',
      '"Ask rail" (Task_AskRail): no rail serves the job type "asks-"; did you mean "ask"? there are look-up-parties, look-up, quote, create-beneficiaries, pay, ask, reverse',
    ],
    [
      'a job of a rail that does not exist',
      'pay-sub-batch',
      '=&#34;ask-&#34; + rail',
      'ask-slbc',
      '"Ask rail" (Task_AskRail): nobody serves the job type "ask-slbc"; did you mean "ask-slcb"?',
    ],
    [
      'a job type that only a running process would know',
      'transfer-gsma',
      '=&#34;ask-&#34; + rail',
      '=verb + rail',
      'the job type =verb + rail cannot be checked; write a name, or = "pay-" + rail',
    ],
    [
      'a service task without a job type',
      'late-results',
      '<zeebe:taskDefinition type="close-batch" retries="5" />',
      '',
      '"Close batch" (Task_CloseBatch): has no job type; pick a step of "Tributary" from the menu',
    ],
    [
      'a task without retries',
      'late-results',
      ' retries="5"',
      '',
      '"Merge results" (Task_MergeResults): has no retries; write 5',
    ],
    ['a task that is never tried', 'late-results', 'retries="5"', 'retries="0"', 'has 0 retries; write 5'],
    [
      'a message that nobody sends',
      'bulk-transfer',
      'name="batch-settled"',
      'name="batch-setled"',
      '"Wait for settlement" (Task_WaitForSettlement): nobody sends the message "batch-setled"; did you mean "batch-settled"?',
    ],
    [
      'a wait without a message',
      'bulk-transfer',
      ' messageRef="Message_BatchSettled"',
      '',
      '"Wait for settlement" (Task_WaitForSettlement): waits for no message; choose one in its properties',
    ],
    [
      'a message without a correlation key',
      'transfer-gsma',
      /<bpmn:extensionElements>\s*<zeebe:subscription[\s\S]*?<\/bpmn:extensionElements>/,
      '',
      '"Rail called back" (Event_RailCalledBack): has no correlation key; write for example =batchId',
    ],
    [
      'an error that no step throws',
      'bulk-transfer',
      'errorCode="BATCH_REJECTED"',
      'errorCode="BATCH_REFUSED"',
      '"Batch rejected" (Boundary_BatchRejected): no step throws the error "BATCH_REFUSED"; did you mean "BATCH_REJECTED"? there are BATCH_REJECTED, BATCH_ALREADY_STARTED, PAYMENT_REFUSED',
    ],
    [
      'a switch that does not exist',
      'bulk-transfer',
      '=switches.approval.enable',
      '=switches.aproval.enable',
      '"yes" (Flow_ApprovalNeeded_RequestApproval): there is no switch "switches.aproval.enable"; did you mean "switches.approval.enable"?',
    ],
    [
      'a field that a switch does not have',
      'bulk-transfer',
      '=switches.ordering.enable',
      '=switches.ordering.enabled',
      'there is no switch "switches.ordering.enabled"; did you mean "switches.ordering.enable"? there are switches.ordering.enable, switches.ordering.field',
    ],
    [
      'a condition that is read as text',
      'pay-sub-batch',
      '=open = 0',
      'open = 0',
      '"yes" (Flow_AllSettled_SettleSubBatch): its condition "open = 0" is read as plain text; write = before it',
    ],
    [
      'a task that applies no template',
      'late-results',
      ' zeebe:modelerTemplate="org.tributary.close-batch" zeebe:modelerTemplateVersion="1"',
      '',
      '"Close batch" (Task_CloseBatch): applies no element template; apply "Close batch" (org.tributary.close-batch, version 1)',
    ],
    [
      'a template that does not exist',
      'late-results',
      'zeebe:modelerTemplate="org.tributary.close-batch"',
      'zeebe:modelerTemplate="org.tributary.shut-batch"',
      'there is no element template "org.tributary.shut-batch"; apply "Close batch"',
    ],
    [
      'a template of another job',
      'late-results',
      'zeebe:modelerTemplate="org.tributary.close-batch"',
      'zeebe:modelerTemplate="org.tributary.merge-results"',
      'does the job "close-batch" under the template of "merge-results"; apply "Close batch"',
    ],
    [
      'an old version of a template',
      'late-results',
      'org.tributary.close-batch" zeebe:modelerTemplateVersion="1"',
      'org.tributary.close-batch" zeebe:modelerTemplateVersion="7"',
      'applies version 7 of "Close batch", which is at 1; update it in its properties',
    ],
    [
      'a field that is empty',
      'bulk-transfer',
      'value="batch.received"',
      'value=""',
      '"Notify tenant" (Task_NotifyReceipt): its field "Event" (header "event") is empty',
    ],
    [
      'a field filled with something else',
      'bulk-transfer',
      'value="batch.received"',
      'value="Batch received!"',
      'its field "Event" is "Batch received!": Write small words with a dot between, such as batch.received',
    ],
    [
      'a field outside its choices',
      'bulk-transfer',
      'key="whole" value="true"',
      'key="whole" value="yes"',
      '"Keep batch whole" (Task_KeepBatchWhole): its field "Size of sub-batches" is "yes"; there are false, true',
    ],
    [
      'a header that the step does not know',
      'bulk-transfer',
      'key="event" value="batch.received"',
      'key="evnt" value="batch.received"',
      'the step "Notify tenant" does not know the header "evnt"; did you mean "event"? there are event',
    ],
    [
      'a model for no version of Camunda',
      'late-results',
      ' modeler:executionPlatformVersion="8.5.0"',
      '',
      'late-results.bpmn: does not say which version of Camunda it is drawn for',
    ],
    [
      'a model for a version that is too new',
      'late-results',
      'executionPlatformVersion="8.5.0"',
      'executionPlatformVersion="8.8.0"',
      'late-results.bpmn: is drawn for Camunda 8.8.0, but the hub runs on 8.5 and later',
    ],
    [
      'a process that does not run',
      'late-results',
      'isExecutable="true"',
      'isExecutable="false"',
      'has no executable process',
    ],
    [
      'an id given twice',
      'late-results',
      'id="Gateway_AcknowledgementDone"',
      'id="Gateway_MergingDone"',
      'late-results.bpmn: has the id "Gateway_MergingDone" twice; give one of the two elements another',
    ],
    [
      'a task that is not drawn',
      'late-results',
      /<bpmndi:BPMNShape id="Task_CloseBatch_di"[\s\S]*?<\/bpmndi:BPMNShape>/,
      '',
      '"Close batch" (Task_CloseBatch): is in the file but not in the drawing',
    ],
    [
      'a flow that is not drawn',
      'late-results',
      /<bpmndi:BPMNEdge id="Flow_ResultsChanged_MergingNeeded_di"[\s\S]*?<\/bpmndi:BPMNEdge>/,
      '',
      '(Flow_ResultsChanged_MergingNeeded): is in the file but not in the drawing',
    ],
    [
      'a flow to nowhere',
      'late-results',
      'targetRef="Task_CloseBatch"',
      'targetRef="Task_ShutBatch"',
      'late-results.bpmn: cannot be read to the end: unresolved reference <Task_ShutBatch>',
    ],
    ['a file cut short', 'late-results', /<\/bpmn:process>[\s\S]*/, '', 'late-results.bpmn: '],
    ['a file that is no model', 'late-results', /[\s\S]*/, 'hello', 'late-results.bpmn: is not a BPMN file: '],
  ])('finds %s', async (_, name, from, to, says) => {
    const problems = await checkModels([edited(name, from, to)], known);
    expect(problems.map(problemText).join('\n')).toContain(says);
  });

  test('takes a job of one rail by its full name', async () => {
    const model = edited('pay-sub-batch', '=&#34;ask-&#34; + rail', 'ask-slcb');
    expect(await checkModels([model], known)).toEqual([]);
  });

  test('takes an error that the model itself throws', async () => {
    const [start, end] = ['<bpmn:endEvent id="End_BatchClosed" name="Batch closed">', '</bpmn:endEvent>'];
    const thrown = edited(
      'bulk-transfer',
      new RegExp(`${start}([\\s\\S]*?)${end}`),
      `${start}$1<bpmn:errorEventDefinition id="Definition_Own" errorRef="Error_BatchRejected" />${end}`,
    );
    const model = { ...thrown, xml: thrown.xml.replace('errorCode="BATCH_REJECTED"', 'errorCode="OWN_ERROR"') };
    expect(await checkModels([model], known)).toEqual([]);
  });

  test('finds two files with one process id', async () => {
    const copy = { file: 'copy.bpmn', xml: model('late-results').xml };
    const problems = await checkModels([model('late-results'), copy], known);
    expect(problems.map(problemText)).toEqual([
      'copy.bpmn: has the process id "late-results", which is that of late-results.bpmn',
    ]);
  });

  test('finds a template that is no template, and a job type without one', async () => {
    const broken = known.templates.map((t) => (t.file.endsWith('/close-batch.json') ? { ...t, json: '{}' } : t));
    const problems = (await checkModels([model('late-results')], { ...known, templates: broken })).map(problemText);
    expect(problems[0]).toContain('.camunda/element-templates/close-batch.json: is not an element template');
    expect(problems[1]).toContain('(Task_CloseBatch): there is no element template for the job "close-batch"');
  });

  test('finds what the code offers and no modeler can reach, and the other way round', async () => {
    const more: Known = {
      ...known,
      workerTypes: [...known.workerTypes.filter((type) => type !== 'close-batch'), 'weigh-batch'],
      messages: [...known.messages, 'moon-risen'],
      errors: [...known.errors, 'MOON_SET'],
    };
    expect((await checkCoverage(models, more)).map(problemText)).toEqual([
      '.camunda/element-templates/weigh-batch.json: is missing; modelers pick the job "weigh-batch" from it',
      expect.stringContaining(
        '.camunda/element-templates/close-batch.json: nobody serves the job type "close-batch"; there are ',
      ),
      'domain/process.ts: no model waits for the message "moon-risen"',
      'domain/process.ts: no model catches the error "MOON_SET"',
    ]);
  });
});

describe("a tenant's own version", () => {
  test('has its own process id and start message, and wakes by the same messages', async () => {
    const xml = await tenantModel(model('bulk-transfer').xml, 'ibank-usa');
    expect(xml).toContain('<bpmn:process id="bulk-transfer-ibank-usa"');
    expect(xml).toContain('bpmnElement="bulk-transfer-ibank-usa"');
    expect(xml).toContain('name="bulk-transfer-requested-ibank-usa"');
    expect(xml).toContain('name="batch-settled"');
    const own = { ...known, messages: [...known.messages, 'bulk-transfer-requested-ibank-usa'] };
    expect((await checkModels([{ file: 'own.bpmn', xml }], own)).map(problemText)).toEqual([]);
  });
});

function model(name: string) {
  const found = models.find(({ file }) => file === `${name}.bpmn`);
  if (!found) throw new Error(`there is no ${name}.bpmn`);
  return found;
}

function edited(name: string, from: string | RegExp, to: string) {
  const { file, xml } = model(name);
  const changed = xml.replace(from, to);
  if (changed === xml) throw new Error(`${file} does not contain ${from}: adapt this test to the drawing`);
  return { file, xml: changed };
}

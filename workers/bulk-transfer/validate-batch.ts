/** Reads the batch's file once, writes down what is asked for, refuses bad rows with every reason, or the file as a whole. */
import { endToEndIdOf, rowKeyBytes, rowOfKey } from '../../domain/ids.ts';
import { createMappedChecker, isOnlyUnmapped } from '../../domain/mapped-rows.ts';
import { formatMoney, parseMoney } from '../../domain/money.ts';
import { bpmnErrors } from '../../domain/process.ts';
import { aboveBatchMax } from '../../domain/programme.ts';
import { createRowChecker, duplicateId } from '../../domain/row-check.ts';
import { addTallies, amountIn, countIn, noCurrency, soleCurrency, type Tally } from '../../domain/tally.ts';
import { BrokenFile, type FileRecord, openFile } from '../../platform/csv.ts';
import { BpmnError, type JobType, textVariable } from '../../platform/job.ts';
import { createLanes, type Lanes } from '../../platform/lanes.ts';
import { createBeneficiaries } from '../../store/beneficiaries.ts';
import type { BatchDoc, OutcomeDoc, PaymentDoc } from '../../store/documents.ts';
import { findableBy } from '../../store/find-payment.ts';
import type { WorkerDeps } from '../deps.ts';
import { createEarlierRows } from './earlier-rows.ts';
import { refusal } from './refusal.ts';
import { createRejectBatch, type Rejection, rejectionText } from './reject-batch.ts';

type Facts = Required<Pick<BatchDoc, 'columns' | 'modes' | 'rails' | 'rows' | 'tally'>>;
/** Chunks of a thousand rows being written while the next is read; the journal is waited for once for several. */
const chunksAtOnce = 4;
const modesMax = 50;
/** What 64 bits hold. */
const totalMinorMax = 2n ** 63n - 1n;

export function validateBatch(deps: WorkerDeps): JobType {
  const { c, books, batches, objects, rails, rowsMax, now, log } = deps;
  const rejecting = createRejectBatch(deps);
  const beneficiaries = createBeneficiaries(c, now);
  return {
    type: 'validate-batch',
    variables: ['batchId'],
    jobsMax: 2,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const batch = await batches.claim(batchId, job.processInstanceKey);
      if (!batch) throw new BpmnError(bpmnErrors.batchAlreadyStarted, 'another process instance works on this batch');
      if (batch.status === 'rejected') {
        await rejecting.repeat(batch);
        throw rejectedError(batch.problem);
      }
      const { facts, refused, payable, problem } = await readFile(batch);
      await batches.validated(batchId, facts);
      const why = problem ?? problemOf(batch, facts, refused, payable);
      if (why) {
        await rejecting.reject(batch, why);
        throw rejectedError(why);
      }
      log.info('batch validated', { batchId, rows: facts.rows, refused, rails: facts.rails });
      return { rows: facts.rows, accepted: facts.rows - refused, refused, rails: facts.rails };
    },
  };

  async function readFile(
    batch: BatchDoc,
  ): Promise<{ facts: Facts; refused: number; payable: Tally; problem?: Rejection }> {
    const facts: Facts = { columns: [], modes: [], rails: [], rows: 0, tally: {} };
    let refused = 0;
    let payable: Tally = {};
    let problem: Rejection | undefined;
    const lanes = createLanes(chunksAtOnce);
    const source = await objects.get(batch.requestKey);
    try {
      const file = await openFile(source);
      facts.columns = [...file.columns];
      const judge = createJudge(batch, file.columns, lanes);
      for await (const records of file.records) {
        const { payments, refusals } = await judge(records);
        const tally = addTallies(facts.tally, askedBy(payments));
        problem = beyondCounting(tally);
        if (problem) break;
        note(facts, payments, tally);
        refused += refusals.length;
        // A refused row has no rail.
        if (batch.programme) payable = addTallies(payable, askedBy(payments.filter(({ rail }) => rail !== '')));
        await lanes.add(async () => {
          // Reasons before rows: whoever finds a row finds why it was refused.
          await books.settle(refusals);
          await books.writePayments(payments);
        });
        if (facts.rows <= rowsMax) continue;
        problem = { title: 'Too many rows', detail: `the file has more than ${rowsMax} rows: send it in parts` };
        break;
      }
    } catch (error) {
      if (!(error instanceof BrokenFile)) throw error;
      problem = { title: 'The file is broken', detail: error.message };
    } finally {
      source.destroy();
    }
    await lanes.end();
    return { facts, refused, payable, problem };
  }

  /** What each row of a chunk asks for, and which are refused with every reason. Chunks come in file order. */
  function createJudge(batch: BatchDoc, columns: readonly string[], lanes: Lanes) {
    const { _id: batchId, tenantId, institution, programme } = batch;
    const railsOfModes = { railOfMode: rails.byMode, modes: rails.modes };
    const check = createMappedChecker({
      columns,
      checkRow: createRowChecker(columns, railsOfModes, tenantId, programme),
      railOf: (mode) => rails.byMode(mode)?.id,
      hasInstitution: institution !== undefined,
      beneficiariesOf: (identities) =>
        beneficiaries.knownTo(batchId, { tenantId, institution: institution ?? '' }, identities),
    });
    const earlierRows = createEarlierRows(async (rows) => {
      // Rows that are still being written would not be found.
      await lanes.end();
      return idsOf(batch._id, rows);
    });
    return async (records: readonly FileRecord[]) => {
      const checked = (await check(records)).map((one, i) => ({ row: records[i]!.row, ...one }));
      const named = checked.filter(({ fields }) => fields.clientId !== '');
      const earlier = await earlierRows.find(named.map(({ row, fields }) => ({ row, text: fields.clientId })));
      const payments: PaymentDoc[] = [];
      const refusals: OutcomeDoc[] = [];
      for (const { row, fields, errors } of checked) {
        const twin = earlier.get(row);
        const all = twin === undefined ? errors : [...errors, duplicateId(row, twin)];
        const payment = paymentDoc(batch, row, fields, all.length === 0);
        payments.push(payment);
        if (all.length === 0) continue;
        const reason = { text: sentenceOf(all), errors: all };
        // Registering the person mends it: such a row can be retried.
        if (isOnlyUnmapped(all)) refusals.push(refusal(payment, 'lookup', { code: 404, ...reason }, now()));
        else refusals.push(refusal(payment, 'validation', { code: 400, ...reason }, now()));
      }
      return { payments, refusals };
    };
  }

  async function idsOf(batchId: string, rows: readonly number[]): Promise<Map<number, string>> {
    const keys = rows.map((row) => rowKeyBytes(batchId, row));
    const docs = await c.payments.find({ _id: { $in: keys } }, { projection: { id: 1 } }).toArray();
    return new Map(docs.map((doc) => [rowOfKey(doc._id), doc.id]));
  }
}

function rejectedError(problem: Rejection | undefined): BpmnError {
  return new BpmnError(bpmnErrors.batchRejected, rejectionText(problem));
}

/** What is wrong with the file as a whole although each row could be read. */
function problemOf(batch: BatchDoc, facts: Facts, refused: number, payable: Tally): Rejection | undefined {
  const { declaredCount, declaredTotal, switches } = batch;
  if (facts.rows === 0) return { title: 'The file has no rows', detail: 'send a header line and a row per payment' };
  if (declaredCount !== undefined && declaredCount !== facts.rows) {
    return {
      title: 'Declared count differs',
      detail: `X-Declared-Count says ${declaredCount} rows, the file has ${facts.rows}: it may have been cut short`,
    };
  }
  if (declaredTotal !== undefined) {
    const problem = declaredTotalProblem(declaredTotal, facts.tally);
    if (problem) return { title: 'Declared total differs', detail: problem };
  }
  if (switches.ordering.enable && !facts.columns.includes(switches.ordering.field)) {
    const detail = `ordering.field names the column ${switches.ordering.field}, the file has ${facts.columns.join(', ')}`;
    return { title: 'The column to order by is missing', detail };
  }
  if (switches.validation.allOrNothing && refused > 0) {
    return {
      title: 'The file has bad rows',
      detail: `${refused} of ${facts.rows} rows are not valid and validation.allOrNothing is on: see the row errors, mend them and send the file again`,
    };
  }
  return aboveBatchMax(batch.programme?.limits ?? [], (currency) => amountIn(payable, currency, 'asked'));
}

function declaredTotalProblem(declared: string, tally: Tally): string | undefined {
  const currency = soleCurrency(tally);
  if (!currency)
    return 'X-Declared-Total needs a file of one currency: declare the count only, or send a file per currency';
  const unread = countIn({ [noCurrency]: tally[noCurrency] ?? {} }, 'asked');
  const total = amountIn(tally, currency, 'asked');
  try {
    if (parseMoney(declared, currency).minor === total && unread === 0) return undefined;
  } catch (error) {
    return `X-Declared-Total: ${(error as Error).message}`;
  }
  const text = formatMoney({ minor: total, currency });
  const rest = unread > 0 ? ` besides ${unread} rows whose amount cannot be read` : '';
  return `X-Declared-Total says ${declared}, the rows add up to ${text} ${currency}${rest}`;
}

/** Totals are kept in 64 bits: a chunk that would go beyond is not taken, and neither is its file. */
function beyondCounting(tally: Tally): Rejection | undefined {
  const currency = Object.keys(tally).find((code) => amountIn(tally, code, 'asked') > totalMinorMax);
  if (!currency) return undefined;
  const detail = `the rows in ${currency} add up to more than can be counted: send them in parts`;
  return { title: 'The total is too large', detail };
}

/** Adds a chunk to what the file is. Modes that no rail has may be anything: a few are enough. */
function note(facts: Facts, payments: readonly PaymentDoc[], tally: Tally): void {
  facts.rows += payments.length;
  facts.tally = tally;
  for (const { rail, mode } of payments) {
    if (rail !== '' && !facts.rails.includes(rail)) facts.rails.push(rail);
    if (mode !== '' && facts.modes.length < modesMax && !facts.modes.includes(mode)) facts.modes.push(mode);
  }
}

function askedBy(payments: readonly PaymentDoc[]): Tally {
  const sums = new Map<string, { n: number; minor: bigint }>();
  for (const { minor, currency } of payments) {
    const code = minor === undefined ? noCurrency : currency;
    const sum = sums.get(code) ?? { n: 0, minor: 0n };
    sums.set(code, { n: sum.n + 1, minor: sum.minor + (minor ?? 0n) });
  }
  return Object.fromEntries([...sums].map(([code, asked]) => [code, { asked }]));
}

function paymentDoc(
  batch: BatchDoc,
  row: number,
  fields: ReturnType<ReturnType<typeof createRowChecker>>['fields'],
  isGood: boolean,
): PaymentDoc {
  return {
    _id: rowKeyBytes(batch._id, row),
    tenantId: batch.tenantId,
    id: fields.clientId,
    requestId: fields.requestId,
    mode: fields.mode,
    rail: isGood ? fields.railId : '',
    payer: partyDoc(fields.payer),
    payee: partyDoc(fields.payee),
    amount: fields.amountText,
    minor: fields.money?.minor,
    currency: fields.currency,
    note: fields.note,
    extra: Object.keys(fields.extra).length > 0 ? { ...fields.extra } : undefined,
    e2e: findableBy(endToEndIdOf(batch._id, row)),
  };
}

function partyDoc({ type, id, dfspId }: { type: string; id: string; dfspId?: string }) {
  return dfspId ? { type, id, dfsp: dfspId } : { type, id };
}

function sentenceOf(errors: readonly { column: string; message: string }[]): string {
  return errors.map(({ message }) => message).join('; ');
}

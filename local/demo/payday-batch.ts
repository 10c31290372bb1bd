/** The demo's second part: a ministry's payday on which much goes wrong, and each row still ends once, as it must. */
import { randomUUID } from 'node:crypto';
import { webhookSecretOf } from '../../store/tenants.ts';
import { differences } from './checks.ts';
import type { Status } from './hub-client.ts';
import { ledgerProblems, readLedgers } from './ledgers.ts';
import { payFile } from './pay-file.ts';
import { paydayExpected, paydayRowErrors } from './payday-expected.ts';
import { type Receiver, signatureTrouble, startReceiver } from './receiver.ts';
import { type ResultLine, readSample, type Sample } from './sample.ts';
import type { Screen } from './screen.ts';
import { showSummary, sumsOf } from './summary.ts';
import type { Watched } from './watch-batch.ts';
import type { World } from './world.ts';

/** One payee never answers: the batch closes without them after this long. */
const options = { 'settlement.deadline': '20s' };
const acknowledgementWithinMs = 15_000;

/** Answers the batch's id. */
export async function payPaydayBatch(world: World): Promise<string> {
  const receiver = await startReceiver();
  try {
    return await payAndCheck(world, receiver);
  } finally {
    receiver.close();
  }
}

async function payAndCheck(world: World, receiver: Receiver): Promise<string> {
  const { root, env, hub, screen, checks } = world;
  const sample = await readSample(root, 'payday-mixed.csv');
  const post = { ...sample, requestId: randomUUID(), callbackUrl: receiver.url, options };
  screen.title('2  Payday at the ministry: bad rows, refusals, lost answers, one payee who never answers');
  const paid = await payFile(world, sample, post);
  const { batchId, status, transfers, lines, path } = paid;
  screen.say();
  showLines(screen, sample, lines);
  screen.say();
  showSummary(screen, sample, lines);
  screen.say();

  checks.that(`${sample.rows.length} rows came back as ${sample.rows.length} lines, each as expected`, [
    ...(lines.length === sample.rows.length ? [] : [`there are ${lines.length} lines`]),
    ...sample.rows.flatMap(({ row, id }, at) =>
      lineProblems(at, lines[at]).map((what) => `row ${row}, ${id}: ${what}`),
    ),
  ]);
  checks.that('every bad cell was named, two in one row too', rowErrorProblems(paid));
  checks.that(
    `completed with pending: ${countsText(wantedCounts())}`,
    differences(status, { status: 'completed_with_pending', ...wantedCounts() }),
  );
  checks.that('total = successful + failed + pending, in rows and in each currency', equationProblems(sample, status));
  checks.that(
    'the rails’ own ledgers: each SUCCESS was carried out once, nothing else was, nothing twice',
    ledgerProblems(sample, lines, transfers, await readLedgers(env, transfers)),
  );
  await checkAcknowledgement({ env, hub, screen, checks }, receiver, batchId);
  screen.say(`  result file: ${path}`);
  return batchId;
}

function showLines(screen: Screen, { rows }: Sample, lines: readonly ResultLine[]): void {
  const table = rows.map(({ row, id, mode, amountText, currency }, at) => {
    const { word = '', code = '', description = '' } = lines[at] ?? {};
    const story = lineProblems(at, lines[at]).length === 0 ? (paydayExpected[at]?.story ?? '') : `? ${description}`;
    return [String(row), id, mode, amountText, currency, word, code, story];
  });
  screen.table(['row', 'id', 'mode', 'amount', '', 'result', 'code', 'what happened'], table, ['row', 'amount']);
}

function lineProblems(at: number, line: ResultLine | undefined): string[] {
  const wanted = paydayExpected[at];
  if (!line || !wanted) return [];
  const code = String(wanted.code ?? '');
  const isWanted = line.word === wanted.word && line.code === code;
  return [
    ...(isWanted ? [] : [`${line.word} ${line.code} ${line.description}, must be ${wanted.word} ${code}`]),
    ...(line.isOwnText ? [] : ['the line is not the row as it was sent']),
  ];
}

function rowErrorProblems({ rowErrors }: Watched): string[] {
  const rows = new Set([...rowErrors.map(({ row }) => row), ...Object.keys(paydayRowErrors).map(Number)]);
  return [...rows].flatMap((row) => {
    const named = rowErrors.filter((error) => error.row === row).map(({ column }) => column);
    const [is, must] = [named, paydayRowErrors[row] ?? []].map((columns) => columns.toSorted().join(', '));
    return is === must ? [] : [`row ${row}: named are ${is || 'none'}, must be ${must || 'none'}`];
  });
}

function wantedCounts() {
  const count = (word: string) => paydayExpected.filter((line) => line.word === word).length;
  return {
    total: paydayExpected.length,
    successful: count('SUCCESS'),
    failed: count('FAILURE'),
    pending: count('PENDING'),
  };
}

function countsText({ total, successful, failed, pending }: ReturnType<typeof wantedCounts>): string {
  return `total ${total}, successful ${successful}, failed ${failed}, pending ${pending}`;
}

/** Against sums of the file's own rows, so that the hub's figures are not compared with themselves. */
function equationProblems({ rows }: Sample, status: Status): string[] {
  const sumOf = (word?: string) => sumsOf(rows.filter((_, at) => !word || paydayExpected[at]?.word === word));
  const [total, successful, failed, pending] = [sumOf(), sumOf('SUCCESS'), sumOf('FAILURE'), sumOf('PENDING')];
  const counts = status.successful + status.failed + status.pending;
  const reasons = Object.values(status.reasons).reduce((sum, n) => sum + n, 0);
  const wanted = Object.fromEntries(
    Object.keys(total)
      .sort()
      .map((currency) => {
        const of = (sums: Record<string, string>) => sums[currency] ?? '0.00';
        return [currency, { total: of(total), successful: of(successful), failed: of(failed), pending: of(pending) }];
      }),
  );
  return [
    ...(counts === status.total ? [] : [`${counts} rows are counted, the total is ${status.total}`]),
    ...(reasons === status.failed ? [] : [`the reasons add up to ${reasons}, failed are ${status.failed}`]),
    ...differences(status.totals, wanted),
  ];
}

/** The hub posts it to X-CallbackURL; who knows the tenant's secret can tell that it is the hub's. */
async function checkAcknowledgement(
  { env, hub, screen, checks }: Omit<World, 'root'>,
  receiver: Receiver,
  batchId: string,
): Promise<void> {
  const event = await receiver.first(acknowledgementWithinMs);
  if (!event) {
    const last = `none came to ${receiver.url} within ${acknowledgementWithinMs / 1_000} s: see callbacks in the status`;
    return checks.that('the acknowledgement came', [last]);
  }
  const secret = webhookSecretOf(env.HUB_SECRET ?? '', hub.tenantId);
  const trouble = signatureTrouble(event, secret, new Date());
  const body = JSON.parse(event.text) as { event: string };
  checks.that(`the acknowledgement came (${body.event}) and its signature is the hub’s`, [
    ...(trouble ? [trouble] : []),
    ...differences(body, { batch_id: batchId, status: 'completed_with_pending', ...wantedCounts() }),
  ]);
  screen.say(`    ${screen.faint(`X-Tributary-Signature: ${event.signature.slice(0, 34)}…`)}`);
}

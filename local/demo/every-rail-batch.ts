/** The demo's third part: one file over every rail of the repository, instances and wallets included, to the minor unit. */
import { randomUUID } from 'node:crypto';
import type { LedgerEntry } from '../../connectors/simulator.ts';
import { formatMoney, parseMoney } from '../../domain/money.ts';
import { differences } from './checks.ts';
import type { Transfer } from './hub-client.ts';
import { ledgerProblems, readLedgers } from './ledgers.ts';
import { payFile } from './pay-file.ts';
import { type ResultLine, readSample, type Sample, type SampleRow } from './sample.ts';
import { showSummary, sumsOf } from './summary.ts';
import { createDemoWallets, type DemoWallet, type DemoWallets, walletIdOf } from './wallets.ts';
import type { World } from './world.ts';

const closedLoop = 'closed-loop';
const currency = 'SLE';
const float: DemoWallet = { key: 'demo-ministry', owner: 'Ministry of Relief', kind: 'float' };
const receivers: readonly DemoWallet[] = [
  { key: 'demo-kiosk', owner: 'Kiosk by the bridge', kind: 'receiver' },
  { key: 'demo-clinic', owner: 'Clinic of Kenema', kind: 'receiver' },
];
const person = 'olga';

/** Answers the batch's id. */
export async function payEveryRailBatch(world: World): Promise<string> {
  const { root, env, hub, screen, checks } = world;
  const sample = await readSample(root, 'every-rail.csv');
  const railIds = [...new Set(sample.rows.map(({ rail }) => rail))];
  screen.title(`3  Every rail in one file: ${railIds.join(', ')}`);
  const wallets = await createDemoWallets(env, hub.url, hub.tenantId, person);
  const floatId = await wallets.open(float, currency);
  for (const receiver of receivers) await wallets.open(receiver, currency);
  const asked = sumsOf(sample.rows.filter(({ rail }) => rail === closedLoop))[currency] ?? '0.00';
  const before = await wallets.available(floatId);
  await wallets.fund(floatId, asked);
  screen.say(`  ${screen.faint(`the wallet of the ${float.owner} got ${asked} ${currency}, by ${person}`)}`);

  const post = { ...sample, requestId: randomUUID() };
  const { batchId, status, transfers, lines, path } = await payFile(world, sample, post);
  screen.say();
  showSummary(screen, sample, lines);
  screen.say();

  checks.that('each row is SUCCESS, but for the payee whose account is inactive', wordProblems(sample, lines));
  const refused = sample.rows.filter(isRefused).length;
  const wanted = { total: sample.rows.length, successful: sample.rows.length - refused, failed: refused, pending: 0 };
  checks.that(
    `completed: total ${wanted.total}, successful ${wanted.successful}, failed ${wanted.failed}`,
    differences(status, { status: 'completed', ...wanted }),
  );
  checks.that('totals to the minor unit, in each currency', totalsProblems(sample, status.totals));
  const ledgers = await readLedgers(env, transfers);
  const statements = await ledgerOfWallets(wallets, transfers);
  checks.that(
    'the ledgers of the rails and the statements of the wallets: each SUCCESS once, as asked, and nothing else',
    ledgerProblems(sample, lines, transfers, new Map([...ledgers, [closedLoop, statements]])),
  );
  checks.that(
    'the ministry’s wallet has what it had before',
    differences({ has: await wallets.available(floatId) }, { has: before }),
  );
  screen.say(`  result file: ${path}`);
  return batchId;

  async function ledgerOfWallets(from: DemoWallets, of: readonly Transfer[]): Promise<Map<string, LedgerEntry>> {
    const ids = new Set(of.map(({ transactionId }) => transactionId));
    const entries = new Map<string, LedgerEntry>();
    for (const { key } of receivers) {
      const payee = walletIdOf(hub.tenantId, key);
      for (const { kind, amount, ref } of await from.statement(payee)) {
        if (kind !== 'payment' || ref === null || !ids.has(ref)) continue;
        const executed = (entries.get(ref)?.executed ?? 0) + 1;
        entries.set(ref, { id: ref, executed, state: 'completed', amount, currency, payer: floatId, payee });
      }
    }
    return entries;
  }
}

/** As every simulator takes payees that end so. */
function isRefused({ payee }: SampleRow): boolean {
  return payee.endsWith('0422');
}

function wordProblems({ rows }: Sample, lines: readonly ResultLine[]): string[] {
  return rows.flatMap((row, at) => {
    const { word = '', code = '', description = '', isOwnText = false } = lines[at] ?? {};
    const wanted = isRefused(row) ? 'FAILURE' : 'SUCCESS';
    return [
      ...(word === wanted ? [] : [`row ${row.row}, ${row.id}: ${word} ${code} ${description}, must be ${wanted}`]),
      ...(isOwnText ? [] : [`row ${row.row}, ${row.id}: the line is not the row as it was sent`]),
    ];
  });
}

/** Against sums of the file's own rows, so that the hub's figures are not compared with themselves. */
function totalsProblems(
  { rows }: Sample,
  totals: Readonly<Record<string, { total: string; successful: string }>>,
): string[] {
  const [total, paid] = [sumsOf(rows), sumsOf(rows.filter((row) => !isRefused(row)))];
  const found = Object.fromEntries(Object.entries(totals).map(([code, sums]) => [code, [sums.total, sums.successful]]));
  const zero = (code: string) => formatMoney(parseMoney('0', code));
  return differences(
    found,
    Object.fromEntries(Object.keys(total).map((code) => [code, [total[code], paid[code] ?? zero(code)]])),
  );
}

/** A figure counts only when rows in = rows final = what the rail executed, each once; throws Error otherwise. */
import { batchRange } from '../store/row-keys.ts';
import type { Hub, Ledger, Paid } from './hub.ts';

export async function assertPaid(
  hub: Hub,
  paid: Paid,
  rail: string,
  asked: { readonly rows: number; readonly minor: bigint },
  before: Ledger,
): Promise<void> {
  const { batch } = paid;
  const completed = await hub.c.outcomes.countDocuments({ _id: batchRange(batch._id), status: 'completed' });
  const result = await hub.result(batch._id);
  const success = result.split('\n').filter((line) => line.endsWith(',SUCCESS,,')).length;
  const after = await hub.ledger(rail);
  const executed = after.states.completed.count - before.states.completed.count;
  const moved = minorOf(after) - minorOf(before);
  const wrong = [
    batch.status === 'completed' || `the batch is ${batch.status}`,
    Number(batch.rows) === asked.rows || `the hub read ${batch.rows} rows of ${asked.rows}`,
    completed === asked.rows || `${completed} rows of ${asked.rows} are completed`,
    success === asked.rows || `the result file has ${success} lines SUCCESS of ${asked.rows}`,
    executed === asked.rows || `the rail executed ${executed} of ${asked.rows}`,
    moved === asked.minor || `the rail moved ${moved}, asked were ${asked.minor}`,
    after.doubles === 0 || `the rail paid ${after.doubles} twice`,
  ].filter((each) => each !== true);
  if (wrong.length > 0) throw new Error(`the run is not valid: ${wrong.join('; ')}`);
}

/** Over all currencies: the files are of one, and not every rail's books name it. */
function minorOf({ states }: Ledger): bigint {
  return Object.values(states.completed.sums).reduce((total, sum) => {
    const [whole = '0', decimals = ''] = sum.split('.');
    return total + BigInt(whole + decimals.slice(0, 2).padEnd(2, '0'));
  }, 0n);
}

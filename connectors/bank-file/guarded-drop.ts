/** A drop behind a circuit breaker: while it fails nobody waits for it, and one call now and then finds out whether it is back. */
import { type Circuit, createCircuit } from '../../platform/circuit.ts';
import type { Log } from '../../platform/log.ts';
import { ObjectMissing, type PutNew } from '../../platform/object-store.ts';
import type { Drop } from './client.ts';

/** As for rails over HTTP. */
const breaker = { failuresMax: 10, openMs: 5_000 };

export type GuardedDrop = Drop & { readonly circuit: Circuit['state'] };

/** `now`: milliseconds that only grow. */
export function guardDrop(
  drop: Drop,
  { log, now = () => performance.now() }: { log: Log; now?: () => number },
): GuardedDrop {
  const circuit = createCircuit({
    ...breaker,
    now,
    onChange: (state) => log.warn('rail circuit changed', { rail: 'bank-file', circuit: state }),
  });

  /** What is not there, or was given up by who asked, says nothing against the server. */
  async function through<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const pass = circuit.enter();
    if (!pass) throw new Error(`the circuit is open for another ${Math.ceil(circuit.shutForMs())} ms`);
    try {
      const answer = await call();
      pass.ended('worked');
      return answer;
    } catch (error) {
      pass.ended(isMissing(error) ? 'worked' : signal.aborted && !isLate(signal) ? 'unclear' : 'failed');
      throw error;
    }
  }

  return {
    ...drop,
    circuit: circuit.state,
    async put(name, body, how) {
      const pass = circuit.enter();
      if (!pass) return { kind: 'notSent', text: 'the circuit is open' };
      const put = await drop.put(name, body, how);
      pass.ended(endingOf(put, how.signal));
      return put;
    },
    isThere: (name, signal) => through(signal, () => drop.isThere(name, signal)),
    reports: (since, signal) => through(signal, () => drop.reports(since, signal)),
    read: (report, signal) => through(signal, () => drop.read(report, signal)),
    check: (signal) => through(signal, () => drop.check(signal)),
  };
}

/** Too late to be written, or refused for what it is, says nothing against the server. */
function endingOf(put: PutNew, signal: AbortSignal): 'worked' | 'failed' | 'unclear' {
  if (!('text' in put)) return 'worked';
  if (signal.aborted && !isLate(signal)) return 'unclear';
  const { status, text } = put;
  const isRefused = status !== undefined && status < 500 && status !== 429;
  return isRefused || text.includes('too late') ? 'unclear' : 'failed';
}

function isMissing(error: unknown): boolean {
  return error instanceof ObjectMissing || (error as { code?: unknown }).code === 2;
}

/** The rail's own time-out fired: the server has not answered. */
function isLate({ reason }: AbortSignal): boolean {
  return (reason as { name?: string } | undefined)?.name === 'TimeoutError';
}

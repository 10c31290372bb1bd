/** Small questions to a server: does the port answer, does the page say 200, has it come up yet? */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Whether something accepts connections on this loopback port. */
export function portAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}

/** Whether GET answers 200 within two seconds. */
export async function pageAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Asks until the answer is yes, or `giveUp` returns a reason, which is thrown. */
export async function until(ask: () => Promise<boolean>, giveUp: () => Error | undefined): Promise<void> {
  while (!(await ask())) {
    const reason = giveUp();
    if (reason) throw reason;
    await pause(200);
  }
}

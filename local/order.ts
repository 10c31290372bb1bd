/** Work on servers along the lines of who needs whom. */
import type { Server } from './server.ts';

/** Runs `work` for each, side by side, but for none before those that it follows have done theirs. */
export async function inOrder(
  chosen: readonly Server[],
  work: (server: Server) => Promise<void>,
  follows: (server: Server) => readonly Server[],
): Promise<void> {
  const running = new Map<string, Promise<void>>();
  const runOne = (server: Server): Promise<void> => {
    const already = running.get(server.name);
    if (already !== undefined) return already;
    const begun = Promise.all(follows(server).map(runOne)).then(() => work(server));
    running.set(server.name, begun);
    return begun;
  };
  const results = await Promise.allSettled(chosen.map(runOne));
  const reasons = new Set(results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : [])));
  if (reasons.size > 0) throw new Error([...reasons].map((reason) => reason.message).join('\n'));
}

/** Upwards: what a server comes after is done before it. */
export const upwards = (chosen: readonly Server[]) => (server: Server) =>
  chosen.filter((other) => server.after.includes(other.name));

/** Downwards: what comes after a server is done before it. */
export const downwards = (chosen: readonly Server[]) => (server: Server) =>
  chosen.filter((other) => other.after.includes(server.name));

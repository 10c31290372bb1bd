/** Strikes with one fault, waits, and heals what it struck. */
import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKafkaBus } from '../../platform/kafka.ts';
import { silentLog } from '../../platform/log.ts';
import { forgeriesOf, sendForgeries } from './forge-callbacks.ts';
import type { Random } from './random.ts';
import type { Fault, ProcessName } from './schedule.ts';
import type { World } from './world.ts';

/** More than any disk has: a Zeebe that finds less free refuses every command. */
const moreThanThereIs = '900000GB';

/** Its partition is led, its gateway open, and it wants more room than there is. */
function isRefusing(log: string): boolean {
  return log.includes('Out of disk space') && /Transition to LEADER on term \d+ completed/.test(log);
}

async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; !isSo(); await sleep(250))
    if (Date.now() > end) throw new Error('Zeebe did not find its disk full');
}

/** Answers what the hub did wrong at once, in words; what it does later is found in the books. */
export function createStriker(world: World, random: Random): (fault: Fault) => Promise<readonly string[]> {
  const { stack, rails, streams, environment, callbacks } = world;
  const busy = new Map<ProcessName, Promise<unknown>>();

  /** One fault of a process after the other: what was killed cannot be stopped. */
  function inTurn(process: ProcessName, work: () => Promise<void>): Promise<void> {
    const turn = (busy.get(process) ?? Promise.resolve()).then(work);
    busy.set(
      process,
      turn.catch(() => undefined),
    );
    return turn;
  }

  return async (fault) => {
    switch (fault.kind) {
      case 'kill':
        await inTurn(fault.process, () => kill(fault.process, fault.ms));
        return [];
      case 'stop':
        await inTurn(fault.process, () => stop(fault.process, fault.ms));
        return [];
      case 'full disk':
        await inTurn('zeebe', () => fillDisk(fault.ms));
        return [];
      case 'duplicate messages':
        await sendAgain();
        return [];
      case 'forged callbacks':
        return sendForgeries(callbacks.url, forgeriesOf([...callbacks.paths], random));
      default:
        await spoil(fault);
        return [];
    }
  };

  async function kill(name: ProcessName, ms: number): Promise<void> {
    await stack.kill(name);
    await sleep(ms);
    await startAgain(name);
  }

  /** As whoever runs the hub would: a process that met another fault while it started is started once more. */
  async function startAgain(name: ProcessName): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const error = await stack.start(name).then(
        () => undefined,
        (failed: Error) => failed,
      );
      if (!error) return;
      if (tries === 3) throw error;
    }
  }

  async function stop(name: ProcessName, ms: number): Promise<void> {
    const pid = stack.pidOf(name);
    if (pid === undefined) return;
    process.kill(pid, 'SIGSTOP');
    await sleep(ms);
    process.kill(pid, 'SIGCONT');
  }

  async function fillDisk(ms: number): Promise<void> {
    const log = stack.logFileOf('zeebe');
    await stack.kill('zeebe');
    const { size } = statSync(log);
    environment.ZEEBE_DISK_FREE = moreThanThereIs;
    // It never gets ready: whoever waits for that hears that it has ended.
    const starting = stack.start('zeebe').catch(() => undefined);
    try {
      await until(() => isRefusing(readFileSync(log).subarray(size).toString('latin1')), 180_000);
      await sleep(ms);
    } finally {
      delete environment.ZEEBE_DISK_FREE;
      const pid = stack.pidOf('zeebe');
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await starting;
    }
    await startAgain('zeebe');
  }

  async function spoil(fault: Extract<Fault, { rail: unknown } | { server: unknown }>): Promise<void> {
    if ('rail' in fault) rails[fault.rail].strike(fault.kind, fault.share);
    else streams[fault.server].strike(fault.kind);
    await sleep(fault.ms);
    if ('rail' in fault) rails[fault.rail].lift(fault.kind);
    else streams[fault.server].lift(fault.kind);
  }

  /** Every sub-batch that is under way is handed to its rail's topic once more. */
  async function sendAgain(): Promise<void> {
    const subs = await world.c.subBatches
      .find({ status: { $in: ['dispatched', 'settled'] } })
      .limit(200)
      .toArray();
    const bus = await createKafkaBus(stack.env().KAFKA_BROKERS!.split(','), 'chaos', silentLog);
    try {
      const messages = subs.map(({ _id, rail }) => {
        return { topic: `payments.${rail}`, key: _id, value: JSON.stringify({ subBatchId: _id }) };
      });
      if (messages.length > 0) await bus.send(messages);
    } finally {
      await bus.close();
    }
  }
}

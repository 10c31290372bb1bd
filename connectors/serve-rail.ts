/** One rail instance at work: its topic, its jobs and its rail, which is exchanged under them when its configuration changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobType, serverOf } from '../platform/job.ts';
import type { KafkaBus } from '../platform/kafka.ts';
import type { Log } from '../platform/log.ts';
import type { Zeebe } from '../platform/zeebe.ts';
import type { Asks } from '../store/asks.ts';
import type { Marks } from '../store/marks.ts';
import type { WalletPayments } from '../store/pay-from-wallet.ts';
import type { Returns } from '../store/returns.ts';
import type { TenantModels } from '../store/tenant-models.ts';
import { type AskByHandDeps, askByHand } from './ask-by-hand.ts';
import type { ConnectorsConfig } from './config.ts';
import type { Configured } from './configured.ts';
import { consumePayments } from './consume-payments.ts';
import type { RailDeps } from './deps.ts';
import { createJobWaits } from './job-waits.ts';
import type { createConnectorMetrics, RailMetrics } from './metrics.ts';
import type { Newcomers } from './newcomers.ts';
import { type OpenInstance, openInstance } from './open-instance.ts';
import { createPauses } from './pauses.ts';
import type { Rail, RailType } from './rail.ts';
import { railJobs } from './rail-jobs.ts';
import type { RailStateTeller } from './rail-state.ts';
import { createRoom } from './room.ts';
import { createSubBatchStarter } from './start-sub-batch.ts';
import { createThrottle } from './throttle.ts';
import { watchReturns } from './watch-returns.ts';

/** What the jobs of all rails share. */
type Shared = Omit<RailDeps, 'definition' | 'rail' | 'waits' | 'outage' | 'hours'>;

export type ServeDeps = Shared & {
  readonly walletPayments: WalletPayments;
  readonly config: ConnectorsConfig;
  readonly numbers: ReturnType<typeof createConnectorMetrics>;
  readonly kafka: KafkaBus;
  readonly zeebe: Zeebe;
  readonly tenantModels: TenantModels;
  readonly asks: Asks;
  readonly teller: RailStateTeller;
  readonly returns: Returns;
  readonly marks: Marks;
  readonly newcomers: Newcomers;
  /** Fires when the process stops. */
  readonly stopping: AbortSignal;
};

export type ServedRail = {
  readonly id: string;
  /** As it is now. */
  rail(): { readonly rail: Rail; readonly type: RailType };
  /** Takes over other limits, credentials, hours; false where it is what it has. What is being called ends as it began. */
  replace(configured: Configured): boolean;
  close(): Promise<void>;
};

/** The rail as it is configured, and the jobs made for it; `inHand` counts those that still speak through it. */
type Generation = OpenInstance & {
  readonly of: string;
  readonly jobs: ReadonlyMap<string, JobType>;
  inHand: number;
  isRetired: boolean;
};

export function serveRail(first: Configured, deps: ServeDeps): ServedRail {
  const { config, numbers, kafka, zeebe, tenantModels, log, now } = deps;
  const { id, kind } = first.instance;
  const told = numbers.rail(id);
  const pauses = pausesOf(id, told, log);
  let endPushBack = () => {};
  const throttle = createThrottle({
    min: config.startsAtOnceMin,
    aloneMin: config.startsAtOnceAloneMin,
    max: config.startsAtOnceMax,
    hasOthers: deps.newcomers.besides,
    jobWaitMaxMs: config.jobWaitMaxMs,
    jobWaitAloneMaxMs: config.jobWaitAloneMaxMs,
    sleep,
    onPushedBack(isPushedBack) {
      endPushBack();
      endPushBack = isPushedBack ? pauses.begin('zeebe') : () => {};
    },
  });
  const waits = createJobWaits({
    onWait(step, ms) {
      told.onJobWait(step, ms);
      throttle.jobWaited(ms);
    },
    onThrough: throttle.release,
  });
  let current = generationOf(first);
  const reads = { load: () => current.http.load(), circuit: () => current.circuit(), throttle, pauses };
  told.show(reads);
  told.hear(deps.teller.rail(id, first.instance.type, reads).onCall);

  for (const job of current.jobs.values()) {
    const handle: JobType['handle'] = (taken) => inGeneration((jobs) => jobs.get(job.type)!.handle(taken));
    zeebe.serve(serverOf({ ...job, handle }, log, numbers.onJobEnd));
  }
  void askByHand(byHand(), deps.stopping);
  const { subBatches, books, batches, payerBlocks, railHolds, objects } = deps;
  const outage = { pauseMs: (who: 'job' | 'start') => current.outage.pauseMs(who) };
  const hours = () => current.hours();
  const room = createRoom({ rail: id, subBatches, inFlightMax: config.inFlightMax, outage, hours, pauses });
  const start = createSubBatchStarter({
    ...{ zeebe, tenantModels, books, batches, subBatches, payerBlocks, railHolds, objects },
    ...{ throttle, room, waits, log, kind },
    createsBeneficiaries: () => current.rail.beneficiaries !== undefined,
  });
  const { c, returns, marks } = deps;
  const watch = watchReturns(
    {
      definition: first.instance,
      rail: () => current.rail,
      c,
      books,
      returns,
      marks,
      log,
      now,
      withinMs: config.returnsWithinMs,
    },
    config.returnsEveryMs,
  );
  // Joining a group whose last member was killed takes as long as its session; everything else works meanwhile.
  consumePayments(id, { kafka, start, inHandMax: config.subBatchesInHandMax, pauses, log }).catch((error: unknown) => {
    log.error('rail topic is not consumed', { rail: id, error });
    process.exit(1);
  });

  function generationOf({ instance, config: values }: Configured): Generation {
    const opened = openInstance(
      { instance, config: values },
      { ...config, told, now, log, walletPayments: deps.walletPayments },
    );
    const { rail, outage, hours } = opened;
    const jobs = railJobs({ ...deps, waits, definition: instance, rail, outage, hours });
    const of = JSON.stringify([instance, values]);
    return { ...opened, of, jobs: new Map(jobs.map((job) => [job.type, job])), inHand: 0, isRetired: false };
  }

  /** Follows the rail as it is exchanged. */
  function byHand(): AskByHandDeps {
    return {
      ...{ ...deps, waits, definition: first.instance, hours: () => current.hours() },
      get rail() {
        return current.rail;
      },
      get outage() {
        return current.outage;
      },
    };
  }

  async function inGeneration<T>(work: (jobs: Generation['jobs']) => Promise<T>): Promise<T> {
    const generation = current;
    generation.inHand += 1;
    try {
      return await work(generation.jobs);
    } finally {
      generation.inHand -= 1;
      if (generation.isRetired && generation.inHand === 0) closeQuietly(generation);
    }
  }

  function closeQuietly({ rail }: Generation): void {
    rail.close().catch((error: unknown) => log.warn('rail was not closed in order', { rail: id, error }));
  }

  return {
    id,
    rail: () => ({ rail: current.rail, type: first.instance.type }),
    replace(configured) {
      const { instance } = configured;
      if (JSON.stringify([instance, configured.config]) === current.of) return false;
      if (instance.type !== first.instance.type || instance.kind !== kind) {
        throw new RangeError(`${id}: another rail or type wants a restart of the connectors`);
      }
      const before = current;
      current = generationOf(configured);
      before.isRetired = true;
      if (before.inHand === 0) closeQuietly(before);
      return true;
    },
    async close() {
      await watch.stop();
      await current.rail.close();
    },
  };
}

function pausesOf(rail: string, told: RailMetrics, log: Log) {
  return createPauses({
    onBegin(reason) {
      told.onPause(reason);
      log.info('starts were paused', { rail, reason });
    },
    onEnd(reason, ms) {
      told.onPauseEnd(reason, ms);
      log.info('starts went on', { rail, reason, ms: Math.round(ms) });
    },
  });
}

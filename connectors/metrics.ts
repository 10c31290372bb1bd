/** The connectors' numbers: what each rail has under way, what waits, and why nothing new is started. docs/operating.md explains each. */
import type { RailCall } from '../platform/http.ts';
import { kept, type Labels, type Metrics } from '../platform/metrics.ts';
import type { SubBatches, UnderWay } from '../store/sub-batches.ts';
import type { PauseReason, Pauses } from './pauses.ts';
import type { Throttle } from './throttle.ts';

export type RailMetrics = ReturnType<ReturnType<typeof createConnectorMetrics>['rail']>;

/** What the gauges of a rail ask when somebody reads the numbers. */
export type RailReads = {
  readonly load: () => { readonly inside: number; readonly waiting: number };
  readonly circuit: () => 'closed' | 'open' | 'half-open';
  readonly throttle: Pick<Throttle, 'limit'>;
  readonly pauses: Pick<Pauses, 'now'>;
};

type Sample = readonly [Labels, number];

/** Whoever reads the numbers, the servers are asked no more often than this. */
const keptMs = 5_000;
const unknownKeptMs = 30_000;
/** Those with most under way have a number of their own, the others one together. */
const tenantsShown = 20;
const pauseReasons: readonly PauseReason[] = ['zeebe', 'in-flight', 'circuit', 'in-hand', 'closed'];

export function createConnectorMetrics(metrics: Metrics) {
  const jobSeconds = metrics.timer('tributary_job_seconds', 'time in a job handler', ['type', 'end']);
  const jobWait = metrics.timer('tributary_job_wait_seconds', 'from a step being ready to its being taken', [
    'rail',
    'step',
  ]);
  const railWait = metrics.timer('tributary_rail_wait_seconds', 'wait of a call for its turn at the rail', ['rail']);
  const railCall = metrics.timer('tributary_rail_call_seconds', 'calls to the rail, waiting included', [
    'rail',
    'outcome',
  ]);
  const pauses = metrics.counter('tributary_pauses_total', 'times that starts were paused', ['rail', 'reason']);
  const pauseSeconds = metrics.counter('tributary_pause_seconds_total', 'seconds of pauses that are over', [
    'rail',
    'reason',
  ]);
  const reads = new Map<string, RailReads>();
  const listeners = new Map<string, (call: RailCall) => void>();

  function perRail(name: string, help: string, read: (reads: RailReads) => number): void {
    metrics.gauges(name, help, ['rail'], async () => [...reads].map(([rail, of]): Sample => [{ rail }, read(of)]));
  }

  perRail('tributary_rail_concurrency', 'calls under way', ({ load }) => load().inside);
  perRail('tributary_rail_waiting', 'calls that wait for their turn', ({ load }) => load().waiting);
  perRail('tributary_rail_circuit_open', 'whether calls to the rail are cut off', ({ circuit }) =>
    circuit() === 'closed' ? 0 : 1,
  );
  perRail('tributary_starts_limit', 'instances that may be on their way to the rail at once', ({ throttle }) =>
    throttle.limit(),
  );
  metrics.gauges('tributary_paused', 'whether starts are paused now', ['rail', 'reason'], async () =>
    [...reads].flatMap(([rail, of]) => {
      const now = of.pauses.now();
      return pauseReasons.map((reason): Sample => [{ rail, reason }, now.has(reason) ? 1 : 0]);
    }),
  );

  return {
    onJobEnd: (type: string, end: string, ms: number) => jobSeconds(ms / 1_000, { type, end }),

    /** What happens at one rail. */
    rail: (rail: string) => ({
      show: (of: RailReads) => void reads.set(rail, of),
      /** Somebody else who hears of every call. */
      hear: (listener: (call: RailCall) => void) => void listeners.set(rail, listener),
      onTurn: (ms: number) => railWait(ms / 1_000, { rail }),
      onCall: (call: RailCall) => {
        railCall(call.ms / 1_000, { rail, outcome: call.outcome });
        listeners.get(rail)?.(call);
      },
      onJobWait: (step: string, ms: number) => jobWait(ms / 1_000, { rail, step }),
      onPause: (reason: PauseReason) => pauses({ rail, reason }),
      onPauseEnd: (reason: PauseReason, ms: number) => pauseSeconds({ rail, reason }, ms / 1_000),
    }),

    /** Numbers that are asked of Kafka and of the database. */
    showStanding(
      rails: () => readonly string[],
      ask: {
        readonly lag: (rail: string) => Promise<number>;
        readonly subBatches: Pick<SubBatches, 'underWay' | 'unknowns'>;
      },
    ): void {
      const { lag, subBatches } = ask;
      const lags = kept(
        () =>
          Promise.all(rails().map(async (rail): Promise<Sample> => [{ topic: `payments.${rail}` }, await lag(rail)])),
        keptMs,
      );
      metrics.gauges('tributary_kafka_lag', 'sub-batches on the topic that are not started', ['topic'], lags);
      const underWay = kept(
        async () =>
          (await Promise.all(rails().map(async (rail) => inFlightOf(rail, await subBatches.underWay(rail))))).flat(),
        keptMs,
      );
      metrics.gauges('tributary_in_flight', 'payments started and not final', ['rail', 'tenant'], underWay);
      const unknowns = kept(async () => (await subBatches.unknowns()).map(unknownSample), unknownKeptMs);
      metrics.gauges('tributary_unknown_payments', 'payments sent and not final, by age', ['rail', 'age'], unknowns);
    },
  };
}

function inFlightOf(rail: string, tenants: ReadonlyMap<string, UnderWay>): Sample[] {
  const sorted = [...tenants].sort(([, a], [, b]) => b.inFlight - a.inFlight);
  const shown = sorted.slice(0, tenantsShown).map(([tenant, of]): Sample => [{ rail, tenant }, of.inFlight]);
  const others = sorted.slice(tenantsShown).reduce((sum, [, { inFlight }]) => sum + inFlight, 0);
  return [...shown, [{ rail, tenant: 'others' }, others]];
}

function unknownSample({ rail, age, count }: { rail: string; age: string; count: number }): Sample {
  return [{ rail, age }, count];
}

/** Numbers for Prometheus. The only place that imports prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

export type Metrics = {
  counter(name: string, help: string, labels?: readonly string[]): (labels?: Labels, by?: number) => void;
  /** Asked for its value when the numbers are read; what cannot be read then is not a number. */
  gauge(name: string, help: string, read: () => Promise<number>): void;
  /** The same for several things at once, one value per set of labels; what cannot be read now is left out. */
  gauges(
    name: string,
    help: string,
    labels: readonly string[],
    read: () => Promise<readonly (readonly [Labels, number])[]>,
  ): void;
  /** Seconds, from a millisecond to ten minutes. */
  timer(name: string, help: string, labels?: readonly string[]): (seconds: number, labels?: Labels) => void;
  readonly contentType: string;
  text(): Promise<string>;
};

const secondBuckets = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600];

/** A registry of its own; every number carries `service`. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    counter(name, help, labels = []) {
      const counter = new Counter({ name, help, labelNames: [...labels], registers });
      return (values = {}, by = 1) => counter.inc({ ...values }, by);
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await read().catch(() => Number.NaN));
        },
      });
    },
    gauges(name, help, labels, read) {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        async collect() {
          const values = await read().catch(() => []);
          this.reset();
          for (const [set, value] of values) this.set({ ...set }, value);
        },
      });
    },
    timer(name, help, labels = []) {
      const histogram = new Histogram({ name, help, labelNames: [...labels], buckets: secondBuckets, registers });
      return (seconds, values = {}) => histogram.observe({ ...values }, seconds);
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

/** Reads at most every `forMs`, however often the numbers are asked for. */
export function kept<T>(read: () => Promise<T>, forMs: number, now = () => performance.now()): () => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | undefined;
  return () => {
    if (last && now() - last.at < forMs) return last.value;
    const mine = { at: now(), value: read() };
    last = mine;
    mine.value.catch(() => {
      if (last === mine) last = undefined;
    });
    return mine.value;
  };
}

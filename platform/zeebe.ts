/** Zeebe over gRPC: start and wake processes, serve jobs, deploy models. The only place that imports the SDK. */
import { Camunda8 } from '@camunda8/sdk';
import type { Log } from './log.ts';

export type Message = {
  readonly name: string;
  readonly key: string;
  /** Derived from ids; a second publication within the message's life is the same message. */
  readonly messageId: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly ttlMs: number;
};

export type Job = {
  readonly key: string;
  readonly type: string;
  readonly elementId: string;
  readonly processInstanceKey: string;
  readonly retries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Aborted when the job was taken from us or the process is to stop. */
  readonly signal: AbortSignal;
};

export type JobEnd =
  | { readonly kind: 'complete'; readonly variables: Readonly<Record<string, unknown>> }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  | { readonly kind: 'fail'; readonly message: string; readonly retries: number; readonly backOffMs: number };

export type JobServer = {
  readonly type: string;
  readonly variables: readonly string[];
  readonly jobsMax: number;
  readonly timeoutMs: number;
  handle(job: Job): Promise<JobEnd>;
};

export type Deployed = { readonly processId: string; readonly version: number; readonly key: string };

export type Zeebe = {
  /** Publishes once; "already exists" is success. Throws on anything else. */
  publish(message: Message): Promise<void>;
  /** Starts an instance of the newest version. A lost answer may leave one running: the first job must claim its work. */
  start(processId: string, variables: Readonly<Record<string, unknown>>): Promise<{ processInstanceKey: string }>;
  /**
   * Gives the failed job, where there is one, new retries, and lets the token go on. False where Zeebe has no such incident
   * (any more): it was resolved before, or its process has ended. Throws on anything else.
   */
  resolveIncident(key: string, job?: { readonly key: string; readonly retries: number }): Promise<boolean>;
  /** False where Zeebe has no such instance (any more). Throws on anything else. */
  cancelInstance(key: string): Promise<boolean>;
  /** In the scope of a process or element instance; false where Zeebe has none of that key (any more). */
  setVariables(scope: string, variables: Readonly<Record<string, unknown>>): Promise<boolean>;
  /** Polls for jobs until stopped. */
  serve(server: JobServer): void;
  deploy(models: readonly { readonly name: string; readonly xml: string }[]): Promise<Deployed[]>;
  /** Throws unless every partition has a healthy leader. */
  checkHealth(): Promise<void>;
  /** Takes no more jobs, waits for those in hand. */
  drain(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
};

const grpc = { deadlineExceeded: 4, notFound: 5, alreadyExists: 6, resourceExhausted: 8, unavailable: 14 };

/** Whether Zeebe has too much to do, or is away: slow down and try again. */
export function isBackpressure(error: unknown): boolean {
  const code = codeOf(error);
  return code === grpc.resourceExhausted || code === grpc.unavailable || code === grpc.deadlineExceeded;
}

/** Whether no process of that id is deployed. */
export function isNotFound(error: unknown): boolean {
  return codeOf(error) === grpc.notFound;
}

/**
 * How long a poller pauses that a busy Zeebe has turned away. By itself the SDK waits for one second, then two, four, up to fifteen, while
 * the jobs of that type lie there and Zeebe has long caught up.
 */
const refusedPollPauseMs = 200;

export function createZeebe(address: string, log: Log): Zeebe {
  const client = new Camunda8({
    CAMUNDA_OAUTH_DISABLED: true,
    CAMUNDA_AUTH_STRATEGY: 'NONE',
    ZEEBE_GRPC_ADDRESS: `grpc://${address}`,
    CAMUNDA_LOG_LEVEL: 'none',
    CAMUNDA_JOB_WORKER_MAX_BACKOFF_MS: refusedPollPauseMs,
    zeebeGrpcSettings: {
      ZEEBE_CLIENT_LOG_LEVEL: 'NONE',
      ZEEBE_GRPC_CLIENT_RETRY: false,
      ZEEBE_GRPC_CLIENT_EAGER_CONNECT: false,
      GRPC_INITIAL_RECONNECT_BACKOFF_MS: '200',
      GRPC_MIN_RECONNECT_BACKOFF_MS: '200',
      GRPC_MAX_RECONNECT_BACKOFF_MS: '2000',
    },
  }).getZeebeGrpcApiClient();
  void uncompressed((client as unknown as { grpc: Promise<SdkConnection> }).grpc);
  const running = new Set<Promise<void>>();
  const inHand = new Set<AbortController>();
  let stopped: Error | undefined;
  const workers: { close(timeout?: number): unknown }[] = [];

  async function finish(key: string, end: JobEnd): Promise<void> {
    const send = () => {
      if (end.kind === 'complete') return client.completeJob({ jobKey: key, variables: end.variables as never });
      if (end.kind === 'error') {
        return client.throwError({
          jobKey: key,
          errorCode: end.code,
          errorMessage: end.message,
          variables: {} as never,
        });
      }
      return client.failJob({
        jobKey: key,
        errorMessage: end.message.slice(0, 2000),
        retries: end.retries,
        retryBackOff: end.backOffMs,
      } as never);
    };
    // The work is done: a refused completion is tried again, then left to the job's time-out and an idempotent handler.
    await retried(send, 8);
  }

  async function run(server: JobServer, raw: RawJob): Promise<void> {
    const gone = new AbortController();
    let isLost = false;
    if (stopped) gone.abort(stopped);
    inHand.add(gone);
    const beat = setInterval(() => {
      client.updateJobTimeout({ jobKey: raw.key, timeout: server.timeoutMs } as never).catch((error: unknown) => {
        if (!isNotFound(error)) return;
        isLost = true;
        gone.abort(new Error('the job was cancelled or given to another worker'));
      });
    }, server.timeoutMs / 3);
    try {
      const end = await server.handle({
        key: raw.key,
        type: raw.type,
        elementId: raw.elementId,
        processInstanceKey: raw.processInstanceKey,
        retries: raw.retries,
        headers: raw.customHeaders,
        variables: raw.variables,
        signal: gone.signal,
      });
      if (!isLost) await finish(raw.key, end);
    } catch (error) {
      if (!isNotFound(error)) log.warn('job end was not heard', { type: raw.type, jobKey: raw.key, error });
    } finally {
      clearInterval(beat);
      inHand.delete(gone);
    }
  }

  return {
    async publish({ name, key, messageId, variables, ttlMs }) {
      try {
        await client.publishMessage({
          name,
          correlationKey: key,
          messageId,
          variables: variables as never,
          timeToLive: ttlMs,
        });
      } catch (error) {
        if (codeOf(error) !== grpc.alreadyExists) throw error;
      }
    },
    async start(processId, variables) {
      const answer = await client.createProcessInstance({ bpmnProcessId: processId, variables: variables as never });
      return { processInstanceKey: String(answer.processInstanceKey) };
    },
    async resolveIncident(key, job) {
      try {
        if (job) await client.updateJobRetries({ jobKey: job.key, retries: job.retries });
        await client.resolveIncident({ incidentKey: key });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
    cancelInstance: (key) => found(() => client.cancelProcessInstance(key)),
    setVariables: (scope, variables) =>
      found(() => client.setVariables({ elementInstanceKey: scope, variables: variables as never, local: false })),
    serve(server) {
      const worker = client.createWorker({
        taskType: server.type,
        timeout: server.timeoutMs as never,
        maxJobsToActivate: server.jobsMax,
        fetchVariable: [...server.variables],
        pollInterval: 20 as never,
        longPoll: 20_000 as never,
        taskHandler: async (raw) => {
          const work = run(server, raw as unknown as RawJob);
          running.add(work);
          await work.finally(() => running.delete(work));
          return raw.forward();
        },
      });
      void uncompressed((worker as unknown as { grpcClient: SdkConnection }).grpcClient);
      // Without a listener a lost broker would crash the process; the worker polls again by itself.
      for (const event of ['connectionError', 'streamError', 'error']) {
        (worker as unknown as NodeJS.EventEmitter).on(event, (error: unknown) =>
          log.debug('job poll was interrupted', { type: server.type, error }),
        );
      }
      workers.push(worker as never);
    },
    async deploy(models) {
      const answer = await client.deployResources(
        models.map(({ name, xml }) => ({ name, process: Buffer.from(xml) })) as never,
      );
      return answer.deployments.flatMap((d) => {
        const process = (d as { process?: { bpmnProcessId: string; version: number; processDefinitionKey: string } })
          .process;
        return process
          ? [{ processId: process.bpmnProcessId, version: process.version, key: String(process.processDefinitionKey) }]
          : [];
      });
    },
    async checkHealth() {
      const { brokers, partitionsCount } = await client.topology();
      const led = new Set(
        brokers.flatMap((b) => b.partitions.filter((p) => isLeader(p) && isHealthy(p)).map((p) => p.partitionId)),
      );
      if (led.size < partitionsCount || partitionsCount === 0) {
        throw new Error(`Zeebe has healthy leaders for ${led.size} of ${partitionsCount} partitions`);
      }
    },
    async drain(timeoutMs) {
      for (const worker of workers) void worker.close(timeoutMs);
      await Promise.race([
        Promise.allSettled([...running]),
        new Promise((done) => setTimeout(done, timeoutMs).unref()),
      ]);
      stopped = new Error('the process stops');
      for (const job of inHand) job.abort(stopped);
      await Promise.allSettled([...running]);
    },
    close: async () => void (await client.close().catch(() => undefined)),
  };
}

type RawJob = {
  key: string;
  type: string;
  elementId: string;
  processInstanceKey: string;
  retries: number;
  customHeaders: Record<string, string>;
  variables: Record<string, unknown>;
};

type SdkConnection = { client: { getChannel(): { internalChannel: { options: Record<string, unknown> } } } };

/**
 * The SDK has gzip written into its connections: for our few hundred bytes a message that takes longer than everything else
 * about a call, on both sides. It has no setting for it, so its options are changed before the first call.
 */
async function uncompressed(connection: SdkConnection | Promise<SdkConnection>): Promise<void> {
  const { client } = await connection;
  client.getChannel().internalChannel.options['grpc.default_compression_algorithm'] = 0;
}

function isLeader(partition: { role: unknown }): boolean {
  return partition.role === 'LEADER' || partition.role === 0;
}

function isHealthy(partition: { health: unknown }): boolean {
  return partition.health === 'HEALTHY' || partition.health === 0;
}

/** Whether Zeebe had what the call was about. */
async function found(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function codeOf(error: unknown): number | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

/** Repeats what Zeebe may take twice while it is busy or away, with growing pauses and jitter. */
async function retried<T>(send: () => Promise<T>, triesMax: number): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (!isBackpressure(error) || attempt >= triesMax) throw error;
      const pauseMs = Math.min(2000, 50 * 2 ** attempt) * (0.5 + Math.random());
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  }
}

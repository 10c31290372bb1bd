/** The one boundary that classifies how a job ended: complete, BPMN error, or failure with back-off. Wraps every handler. */
import type { BpmnErrorCode } from '../domain/process.ts';
import type { Log } from './log.ts';
import type { Job, JobEnd, JobServer } from './zeebe.ts';

/** A business refusal that the model has a boundary event for. */
export class BpmnError extends Error {
  override name = 'BpmnError';
  readonly code: BpmnErrorCode;
  constructor(code: BpmnErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** No retry can help: an incident at once, for a person. */
export class Unrecoverable extends Error {
  override name = 'Unrecoverable';
}

/** Not now: something outside is away or in somebody else's hands. Comes again later and costs no retry. */
export class Later extends Error {
  override name = 'Later';
  readonly afterMs: number;
  constructor(message: string, afterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.afterMs = afterMs;
  }
}

export type JobHandler = (job: Job) => Promise<Readonly<Record<string, unknown>> | undefined>;

/** A job type as its file declares it; main hands it to Zeebe through `serverOf`. */
export type JobType = {
  readonly type: string;
  /** Variables it reads; nothing else is sent to it. */
  readonly variables: readonly string[];
  /** Jobs in hand at once, per process. */
  readonly jobsMax: number;
  readonly handle: JobHandler;
};

/** A job's lock, renewed while its handler runs: how long the work of a process that died waits for another. */
const lockMs = 20_000;

const backOffMs = (retriesLeft: number) => Math.min(60_000, 1000 * 2 ** Math.max(0, 5 - retriesLeft));

/** Zeebe's side of a job type: every ending is one of complete, error, fail. */
export function serverOf(
  jobType: JobType,
  log: Log,
  onEnd: (type: string, end: string, ms: number) => void = () => {},
): JobServer {
  return {
    type: jobType.type,
    variables: jobType.variables,
    jobsMax: jobType.jobsMax,
    timeoutMs: lockMs,
    async handle(job) {
      const startedAt = performance.now();
      const end = await endOf(jobType, job, log);
      onEnd(job.type, end.kind, performance.now() - startedAt);
      return end;
    },
  };
}

async function endOf(jobType: JobType, job: Job, log: Log): Promise<JobEnd> {
  const ids = {
    jobType: job.type,
    jobKey: job.key,
    processInstanceKey: job.processInstanceKey,
    batchId: job.variables.batchId,
  };
  try {
    return { kind: 'complete', variables: (await jobType.handle(job)) ?? {} };
  } catch (error) {
    if (error instanceof BpmnError) return { kind: 'error', code: error.code, message: error.message };
    if (error instanceof Later) {
      log.info('job was put off', { ...ids, why: error.message, afterMs: error.afterMs });
      return { kind: 'fail', message: error.message, retries: job.retries, backOffMs: error.afterMs };
    }
    if (isOutage(error)) {
      log.warn('job met an outage and was put off', { ...ids, error });
      return {
        kind: 'fail',
        message: messageOf(error),
        retries: job.retries,
        backOffMs: 1000 + Math.floor(Math.random() * 2000),
      };
    }
    const retries = error instanceof Unrecoverable ? 0 : Math.max(0, job.retries - 1);
    log[retries === 0 ? 'error' : 'warn']('job failed', { ...ids, retries, error });
    return { kind: 'fail', message: messageOf(error), retries, backOffMs: backOffMs(retries) };
  }
}

const outageNames =
  /^(MongoServerSelectionError|MongoNetworkError|MongoNetworkTimeoutError|MongoPoolClearedError|MongoNotConnectedError|PoolClearedOnNetworkError|MongoTopologyClosedError|TimeoutError|AbortError)$/;
const outageCodes = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ERR_STREAM_PREMATURE_CLOSE)$/;

/**
 * MongoDB that is ending, starting, or not the primary now, and a cursor that ended with the server that had it: as the driver's own list of
 * state changes, for reads too, which it labels with nothing.
 */
const mongoOutages = new Set([43, 89, 91, 189, 237, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** Whether one of our own servers (Mongo, S3, Kafka, Zeebe) is away; that costs no retry, since it says nothing of the job. */
export function isOutage(error: unknown): boolean {
  for (
    let e = error as ErrorLike | undefined, depth = 0;
    e && depth < 5;
    e = e.cause as ErrorLike | undefined, depth += 1
  ) {
    if (outageNames.test(e.name ?? '') || (typeof e.code === 'string' && outageCodes.test(e.code))) return true;
    if (e.code === 8 || e.code === 14) return true;
    // A bulk write that broke off: had the server refused a document, there would be a write error.
    if (e.name === 'MongoBulkWriteError' && e.writeErrors?.length === 0) return true;
    if (e.name === 'MongoServerError' && mongoOutages.has(Number(e.code))) return true;
    if (e.errorLabelSet?.has?.('RetryableWriteError') || e.errorLabelSet?.has?.('TransientTransactionError'))
      return true;
    const status = e.$metadata?.httpStatusCode;
    if (status !== undefined && status >= 500) return true;
  }
  return false;
}

type ErrorLike = {
  name?: string;
  code?: unknown;
  cause?: unknown;
  errorLabelSet?: Set<string>;
  writeErrors?: readonly unknown[];
  $metadata?: { httpStatusCode?: number };
};

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** A text variable that the model must have given; its absence is the model's mistake, which no retry cures. */
export function textVariable(job: Pick<Job, 'variables' | 'type'>, name: string): string {
  const value = job.variables[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Unrecoverable(`${job.type} needs the variable ${name}, a text: the model has to hand it over`);
}

/** A whole number that the model must have given. */
export function wholeVariable(job: Pick<Job, 'variables' | 'type'>, name: string): number {
  const value = job.variables[name];
  if (Number.isSafeInteger(value)) return value as number;
  throw new Unrecoverable(`${job.type} needs the variable ${name}, a whole number: the model has to hand it over`);
}

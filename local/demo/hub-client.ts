/** The hub as an integrator sees it: posts a file, asks for status, rows and results, over HTTP only. */
import type { Amounts } from '../../api/batch-counts.ts';
import type { BatchStatus, RowError } from '../../domain/outcome.ts';
import type { HeadersOf } from '../credentials.ts';

export type Post = {
  readonly fileName: string;
  readonly file: Uint8Array;
  readonly requestId: string;
  readonly callbackUrl?: string;
  /** Switches of this batch alone. */
  readonly options?: Readonly<Record<string, unknown>>;
};

export type Accepted = { readonly batchId: string; readonly isReplay: boolean };

export type Status = {
  readonly batch_id: string;
  readonly status: BatchStatus;
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly pending: number;
  readonly totalAmount: string | null;
  readonly currency: string | null;
  readonly reasons: Readonly<Record<string, number>>;
  readonly totals: Readonly<Record<string, Amounts>>;
  readonly result_file: string | null;
  readonly problem: { readonly title: string; readonly detail: string } | null;
  readonly payer_blocks: readonly { readonly rail: string; readonly text: string }[];
};

export type Transfer = {
  /** The row in the file, from 1. */
  readonly id: number;
  /** What the rail knows the payment by. */
  readonly transactionId: string;
  readonly status: 'COMPLETED' | 'FAILED' | 'IN_PROGRESS';
};

export type HubClient = ReturnType<typeof createHubClient>;

const timeoutMs = 15_000;

export type HubOptions = {
  readonly url: string;
  readonly tenantId: string;
  readonly headersOf: HeadersOf;
  /** How a terminal says who asks, in double quotes. */
  readonly shownHeader: string;
};

export function createHubClient({ url, tenantId, headersOf, shownHeader }: HubOptions) {
  /** Throws Error that says what to do when the hub does not answer, or answers something else than success. */
  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(await headersOf({ tenant: tenantId })), ...init.headers };
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(new URL(path, url), { ...init, headers, signal }).catch((error: Error) => {
      throw new Error(`the hub does not answer at ${url}: \`make status\` shows what runs, \`make up\` starts it`, {
        cause: error,
      });
    });
    if (response.ok) return response;
    const text = (await response.text()).slice(0, 500);
    throw new Error(`${init.method ?? 'GET'} ${path} answered ${response.status}: ${text}`);
  }
  const get = async <T>(path: string) => (await (await call(path)).json()) as T;

  return {
    url,
    tenantId,
    shownHeader,

    async post({ fileName, file, requestId, callbackUrl, options }: Post): Promise<Accepted> {
      const form = new FormData();
      form.set('data', new Blob([new Uint8Array(file)], { type: 'text/csv' }), fileName);
      if (options) form.set('options', JSON.stringify(options));
      const headers = {
        'X-CorrelationID': requestId,
        filename: fileName,
        ...(callbackUrl && { 'X-CallbackURL': callbackUrl }),
      };
      const response = await call('/batchtransactions?type=csv', { method: 'POST', headers, body: form });
      const { batch_id } = (await response.json()) as { batch_id: string };
      return { batchId: batch_id, isReplay: response.headers.get('Idempotent-Replayed') === 'true' };
    },

    status: (batchId: string) => get<Status>(`/api/v1/batchtransactions/${batchId}`),

    /** Of a batch of at most 1,000 rows. */
    transfers: (batchId: string) => get<Transfer[]>(`/api/v1/batchtransactions/${batchId}/detail?pageSize=1000`),

    async rowErrors(batchId: string): Promise<readonly RowError[]> {
      return (await get<{ errors: RowError[] }>(`/api/v1/batches/${batchId}/row-errors?limit=1000`)).errors;
    },

    /** By the link of the status, which needs no header. */
    async resultFile({ batch_id, result_file }: Status): Promise<Buffer> {
      if (!result_file) throw new Error(`batch ${batch_id} has no result file`);
      const response = await fetch(result_file, { signal: AbortSignal.timeout(timeoutMs) });
      if (!response.ok) throw new Error(`the link to the result file answered ${response.status}: ${result_file}`);
      return Buffer.from(await response.arrayBuffer());
    },
  };
}

/** The same request for a terminal, to be run in the project's folder. */
export function curlOf(
  { url, shownHeader }: Pick<HubOptions, 'url' | 'shownHeader'>,
  post: Omit<Post, 'file'>,
): string[] {
  const { fileName, requestId, callbackUrl, options } = post;
  const lines = [
    `curl --location --request POST '${url}/batchtransactions?type=csv'`,
    `--header "${shownHeader}"`,
    `--header 'X-CorrelationID: ${requestId}'`,
    `--header 'filename: ${fileName}'`,
    ...(callbackUrl ? [`--header 'X-CallbackURL: ${callbackUrl}'`] : []),
    `--form 'data=@"local/samples/${fileName}"'`,
    ...(options ? [`--form 'options=${JSON.stringify(options)}'`] : []),
  ];
  return lines.map((line, at) => `${at === 0 ? '$ ' : '    '}${line}${at < lines.length - 1 ? ' \\' : ''}`);
}

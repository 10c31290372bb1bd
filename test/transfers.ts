/** Single payments as a client of a test posts and follows them. */
import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { type Answer, json, type Problem, type TenantClient } from './hub.ts';
import { anIdentifier } from './rows.ts';

export type TransferState = {
  readonly transactionId: string;
  readonly clientRefId: string | null;
  readonly transferId: string;
  readonly transferState: string;
  readonly status: string;
  readonly completedTimestamp: string | null;
  readonly paymentMode: string;
  readonly amount: string;
  readonly reference: string | null;
  readonly error: { readonly errorCode: number; readonly errorDescription: string } | null;
  readonly callbacks: readonly { readonly event: string; readonly state: string }[];
  readonly payerBlock: { readonly id: string; readonly rail: string } | null;
};

export type Wish = {
  readonly ends?: string;
  readonly payer?: string;
  readonly amount?: string;
  readonly payee?: string;
};

/** A body that is paid; `ends` makes its payee a magic one (docs/simulators.md). */
export function aTransfer({
  ends = '0001',
  payer = '27710101999',
  amount = '12.50',
  payee = anIdentifier(ends),
}: Wish = {}) {
  return {
    clientRefId: `ref-${randomUUID().slice(0, 8)}`,
    payer: { partyIdInfo: { partyIdType: 'MSISDN', partyIdentifier: payer } },
    payee: { partyIdInfo: { partyIdType: 'MSISDN', partyIdentifier: payee } },
    amount: { amount, currency: 'USD' },
    note: 'Invoice 4711',
  };
}

export function postTransfer(
  tenant: TenantClient,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<{ transactionId: string } & Problem>> {
  return tenant.call('/channel/transfer', json('POST', body, headers));
}

/** Posts, expects 202, answers the payment's id. */
export async function acceptedTransfer(
  tenant: TenantClient,
  mode: string,
  wish?: Wish,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { status, text, body } = await postTransfer(tenant, aTransfer(wish), { 'X-Payment-Scheme': mode, ...headers });
  expect(status, text).toBe(202);
  return body.transactionId;
}

export async function transferOf(tenant: TenantClient, transactionId: string): Promise<TransferState> {
  const { status, text, body } = await tenant.call<TransferState>(`/channel/transfer/${transactionId}`);
  expect(status, text).toBe(200);
  return body;
}

/** Asks until the payment is as wanted; final unless told otherwise. */
export function transferThatIs(
  tenant: TenantClient,
  transactionId: string,
  isWanted = ({ status }: TransferState) => status !== 'IN_PROGRESS',
): Promise<TransferState> {
  return vi.waitUntil(
    async () => {
      const state = await transferOf(tenant, transactionId);
      return isWanted(state) && state;
    },
    { timeout: 150_000, interval: 50 },
  );
}

/** A payment as the hub asks a rail for it, and the parties it moves money between. */
import type { BatchId, EndToEndId, SubBatchId, TenantId } from './ids.ts';
import type { Money } from './money.ts';

/** `type` as the client wrote it in the file: accountNumber, msisdn, mosip, iban, … */
export type Party = { readonly type: string; readonly id: string; readonly dfspId?: string };

export type Payment = {
  readonly tenantId: TenantId;
  readonly batchId: BatchId;
  /** Place in the file, from 1 for the first row after the header. */
  readonly row: number;
  readonly endToEndId: EndToEndId;
  readonly subBatchId?: SubBatchId;
  readonly rail: string;
  readonly payer: Party;
  readonly payee: Party;
  readonly amount: Money;
  readonly note: string;
  /** The client's own references; neither is a key. */
  readonly clientId: string;
  readonly requestId: string;
  /** Columns beyond the ten, by name, only those that the row fills. */
  readonly extra: Readonly<Record<string, string>>;
};

/** One line of a sub-batch file: a payment as JSON, amount as a decimal string, `formatted` where a standard was asked for. */
export type PaymentLine = Omit<Payment, 'amount' | 'tenantId' | 'batchId' | 'rail' | 'subBatchId'> & {
  readonly amount: string;
  readonly currency: string;
  readonly formatted?: unknown;
};

/** The documents of notices to payees. No address and no text stands in them: both are made of the payment when it is sent, as long as that can be read. */
import type { BatchId, TenantId } from '../domain/ids.ts';
import type { NoticeChannel, NoticeOutcome, NoticeState, PayeeIdentity } from '../domain/notice.ts';

/** What one payee is told of one payment over one channel, once; `_id` is the row key, a byte for the channel and one for the outcome. */
export type NoticeDoc = {
  _id: Buffer;
  tenantId: TenantId;
  channel: NoticeChannel;
  outcome: NoticeOutcome;
  state: NoticeState;
  /** Why it is in this state; words of `noticeReasons`, or a server's code. */
  reason?: string;
  /** When it is looked at next; null once nothing more is done. */
  dueAt: Date | null;
  /** Whoever took it last. */
  claim?: string;
  /** From then on it is not tried any more. */
  until: Date;
  tries: number;
  /** How often a person had it sent again after it was refused. */
  round: number;
  at: Date;
  endedAt?: Date;
  /** By which the server knows it. */
  reference?: string;
};

/** That payees of a batch are told; `_id` is its id. */
export type NoticeRoundDoc = {
  _id: BatchId;
  tenantId: TenantId;
  /** How often it was asked for: outcomes may come after a batch was closed. */
  n: number;
  channels: NoticeChannel[];
  outcomes: NoticeOutcome[];
  language: string;
  at: Date;
  /** When its rows are looked through next; null once they were. */
  dueAt: Date | null;
  claim?: string;
  /** The last row that was looked at. */
  row: number;
  /** Payments whose row says no address, by channel. */
  withoutAddress: { [channel in NoticeChannel]?: number };
  /** Notices of it may be waiting. */
  isOpen: boolean;
};

/** A tenant's own text; `_id` is `{tenantId}/{channel}/{outcome}/{language}`. */
export type NoticeTemplateDoc = {
  _id: string;
  tenantId: TenantId;
  channel: NoticeChannel;
  outcome: NoticeOutcome;
  language: string;
  subject?: string;
  text: string;
  by: string;
  at: Date;
};

/** Somebody who wants no notices; `_id` is `{tenantId}/{hash of who}`. Who it is, is sealed under the tenant's key. */
export type OptOutDoc = {
  _id: string;
  tenantId: TenantId;
  identity: PayeeIdentity;
  /** All where absent. */
  channel?: NoticeChannel;
  by: string;
  reason: string;
  at: Date;
};

/** The documents of the account mapper: beneficiaries, what was asked about them, and what batches were told. */
import type { Actor } from '../domain/audit-chain.ts';
import type { Account } from '../domain/beneficiary.ts';
import type { TenantId } from '../domain/ids.ts';

/** Who names beneficiaries: a tenant's institution, or the tenant itself where `institution` is empty. */
export type Registrar = { readonly tenantId: TenantId; readonly institution: string };

/** `_id` is tenant, and institution and identity hashed. Identity and account are sealed with the tenant's key. */
export type BeneficiaryDoc = {
  _id: string;
  tenantId: TenantId;
  institution: string;
  identity: string;
  account?: Account;
  /** The order of the request that wrote it: what a later one wrote, an earlier one leaves alone. */
  order: string;
  registeredAt: Date;
  /** Written, or named by a batch, at this time or up to a week later. */
  usedAt: Date;
};

/** What may be asked of many beneficiaries at once. */
export type MapperCommand = 'register' | 'update' | 'add-account';

/** Something that was asked, written before it is done; `_id` is tenant, and institution and request id hashed. */
export type MapperRequestDoc = {
  _id: string;
  tenantId: TenantId;
  command: MapperCommand;
  /** Of the bytes that were sent. */
  fingerprint: string;
  /** Sorts after that of every request before. */
  order: string;
  by: Actor;
  at: Date;
  expireAt: Date;
};

/** A beneficiary about whom a request could not be done. */
export type MapperFailure = {
  /** Place in the request, from 1. */
  readonly n: number;
  readonly identity: string;
  /** The modality as it was sent, where one was. */
  readonly modality?: string;
  readonly reason: string;
};

/** What came of it, once; `_id` is the request's. Failures are sealed. */
export type MapperResultDoc = {
  _id: string;
  tenantId: TenantId;
  asked: number;
  failed: number;
  /** The first of them. */
  failures: MapperFailure[];
  at: Date;
  expireAt: Date;
};

/** What a batch was told of an identity when it first asked; `_id` is the batch, and the identity hashed. Sealed with the batch's key. */
export type MappingDoc = {
  _id: string;
  tenantId: TenantId;
  isKnown: boolean;
  account?: Account;
  at: Date;
};

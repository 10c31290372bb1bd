/** Clients and savings accounts of the simulated Fineract: made, approved and activated one after the other, each once by its external id. */
import { magicOf } from '../magic.ts';
import { type Route, recordOf, type SimulatedAnswer } from '../simulator-kit.ts';
import type { SimulatorLedger } from '../simulator-ledger.ts';
import { type Booking, refusal } from './simulated-booking.ts';

type Ledger = SimulatorLedger<Booking>;

const codes = {
  submitted: 'savingsAccountStatusType.submitted.and.pending.approval',
  approved: 'savingsAccountStatusType.approved',
  active: 'savingsAccountStatusType.active',
} as const;

/** Every account is there but those of the magic word, and those once they were made and activated. */
export function isAccount(ledger: Ledger, externalId: string): boolean {
  return magicOf(externalId) !== 'notFound' || ledger.find(`account/${externalId}`)?.data.kind === 'active';
}

export function accountRoutes(ledger: Ledger): Route[] {
  const book = (id: string, kind: Booking['kind'], number: string, externalId: string) => {
    const data = { kind, account: externalId, transactionCode: number, note: '', day: '', key: '' };
    ledger.book({
      id,
      state: 'completed',
      amount: '0',
      currency: '',
      payer: 'office',
      payee: '-',
      executes: false,
      data,
    });
  };
  const numbered = (prefix: string, number: string) =>
    [...ledger.all()].find(({ id, data }) => id.startsWith(prefix) && data.transactionCode === number);

  function made(prefix: 'client' | 'account', kind: Booking['kind'], externalId: unknown): SimulatedAnswer {
    if (typeof externalId !== 'string' || externalId === '')
      return refusal(400, 'validation.msg.validation.errors.exist');
    const id = `${prefix}/${externalId}`;
    if (ledger.find(id)) return refusal(403, `error.msg.${prefix}.duplicate.externalId`);
    const number = String(1 + [...ledger.all()].length);
    book(id, kind, number, externalId);
    return {
      status: 200,
      body: { resourceId: Number(number), [prefix === 'client' ? 'clientId' : 'savingsId']: Number(number) },
    };
  }

  return [
    {
      method: 'GET',
      path: '/clients/external-id/:id',
      handle({ params }) {
        const found = ledger.find(`client/${params.id}`);
        return found
          ? { status: 200, body: { id: Number(found.data.transactionCode) } }
          : refusal(404, 'error.msg.client.not.found');
      },
    },
    { method: 'POST', path: '/clients', handle: ({ body }) => made('client', 'client', recordOf(body).externalId) },
    {
      method: 'GET',
      path: '/savingsaccounts/external-id/:id',
      handle({ params }) {
        const found = ledger.find(`account/${params.id}`);
        if (found) {
          const code = codes[found.data.kind as keyof typeof codes];
          return { status: 200, body: { id: Number(found.data.transactionCode), status: { code } } };
        }
        if (!isAccount(ledger, params.id!)) return refusal(404, 'error.msg.saving.account.id.invalid');
        return { status: 200, body: { id: params.id, status: { code: codes.active } } };
      },
    },
    {
      method: 'POST',
      path: '/savingsaccounts',
      handle({ body }) {
        const { clientId, externalId } = recordOf(body);
        if (!numbered('client/', String(clientId))) return refusal(404, 'error.msg.client.id.invalid');
        return made('account', 'submitted', externalId);
      },
    },
    {
      method: 'POST',
      path: '/savingsaccounts/:number',
      handle({ params, query }) {
        const found = numbered('account/', params.number!);
        const [from, to] =
          query.get('command') === 'approve' ? (['submitted', 'approved'] as const) : (['approved', 'active'] as const);
        if (!found) return refusal(404, 'error.msg.saving.account.id.invalid');
        if (found.data.kind !== from) return refusal(403, `error.msg.savingsaccount.not.in.${from}.state`);
        book(found.id, to, params.number!, found.data.account);
        return { status: 200, body: { savingsId: Number(params.number) } };
      },
    },
  ];
}

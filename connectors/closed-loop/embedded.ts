/** The closed loop over the hub's own wallet ledger: a message is held, paid and ended in the hub's database. */
import { formatMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import { currentShare } from '../../platform/share.ts';
import type { WalletAnswer, WalletPayments } from '../../store/pay-from-wallet.ts';
import type { Answer, Call, Rail } from '../rail.ts';
import { answerOf } from './mapping.ts';

export function openEmbedded(ledger: WalletPayments, now: () => Date): Rail {
  async function ask(payments: readonly Payment[], messageId: string | undefined, call: Call): Promise<Answer[]> {
    call.tell({ direction: 'query', at: now(), summary: `ledger asked about ${payments.length} payments` });
    const paid = await ledger.paid(payments, messageId).catch(unreachable);
    const answers = payments.map(({ endToEndId }): Answer => {
      if ('kind' in paid) return paid;
      const answer = paid.get(endToEndId);
      return answer ? answerOf(answer) : { kind: 'neverReceived', text: 'the ledger has no entry of it' };
    });
    call.tell({ direction: 'query-answer', at: now(), summary: countsOf(answers) });
    return answers;
  }

  return {
    async lookup({ type, id }) {
      // Accounts have their wallet by currency, which a look-up does not know.
      if (type === 'accountId') return { kind: 'found' };
      try {
        if (await ledger.isPayable(currentShare(), id)) return { kind: 'found' };
      } catch (error) {
        return { kind: 'retry', text: textOf(error) };
      }
      return { kind: 'notFound', railCode: 'missing', text: 'there is no open wallet of this id' };
    },

    beneficiaries: {
      // A wallet's own id is the hub's making: one that is not there is a mistake.
      mayMake: ({ type }) => type === 'accountId',
      async make(payments) {
        try {
          return (await ledger.openReceivers(payments)).map((isNew) => ({ kind: isNew ? 'created' : 'there' }));
        } catch (error) {
          return payments.map(() => ({ kind: 'retry', text: textOf(error) }));
        }
      },
    },

    async sendBatch(payments, messageId, call) {
      const [first] = payments;
      if (!first) return [];
      if (call.notAfter && now() >= call.notAfter) return payments.map(() => tooLate);
      call.tell({ direction: 'request', at: now(), summary: requestSummary(payments) });
      const said = await ledger.pay(payments, messageId, call.notAfter).catch(unreachable);
      const answers = payments.map((_, i): Answer => ('kind' in said ? said : answerOf(said[i] as WalletAnswer)));
      call.tell({ direction: 'answer', at: now(), summary: countsOf(answers) });
      return answers;
    },

    query: async (payment, { messageId }, call) => (await ask([payment], messageId, call))[0]!,
    queryBatch: (payments, { messageId }, call) => ask(payments, messageId, call),

    async health() {
      try {
        await ledger.ping();
        return { ok: true, text: 'the ledger can be read' };
      } catch (error) {
        return { ok: false, text: textOf(error) };
      }
    },
    close: async () => undefined,
  };
}

const tooLate: Answer = { kind: 'notSent', text: 'the lease was over before anything was held' };

/** A transaction whose end was not heard may have been committed. */
function unreachable(error: unknown): Extract<Answer, { kind: 'unknown' }> {
  return { kind: 'unknown', text: textOf(error) };
}

function textOf(error: unknown): string {
  return `the ledger did not answer: ${error instanceof Error ? error.name : 'unknown error'}`;
}

function requestSummary(payments: readonly Payment[]): string {
  const { currency } = payments[0]!.amount;
  const minor = payments.reduce((sum, { amount }) => sum + amount.minor, 0n);
  return `${payments.length} payments, ${formatMoney({ minor, currency })} ${currency}, from a wallet`;
}

function countsOf(answers: readonly Answer[]): string {
  const counts: Record<string, number> = {};
  for (const { kind } of answers) counts[kind] = (counts[kind] ?? 0) + 1;
  return JSON.stringify(counts);
}

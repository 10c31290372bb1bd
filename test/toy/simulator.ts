/** The toy rail itself: pays lists over the simulators' common ledger, with the common magic (docs/simulators.md). */
import {
  isAboveLimit,
  isPayerWithoutFunds,
  lateMsByDefault,
  magicNow,
  magicOf,
  spoiltBy,
} from '../../connectors/magic.ts';
import type { Simulator, SimulatorOptions } from '../../connectors/simulator.ts';
import { busyAnswer, nonsenseAnswer, type SimulatedAnswer, startSimulator } from '../../connectors/simulator-kit.ts';
import type { SimulatorLedger } from '../../connectors/simulator-ledger.ts';

export type ToyResult = {
  readonly id: string;
  readonly state: 'completed' | 'rejected' | 'pending';
  readonly code: number;
  readonly text: string;
};

type Asked = { readonly id: string } & Readonly<Record<'payer' | 'payee' | 'amount' | 'currency', string>>;
type Kept = { readonly code: number; readonly text: string };

export function simulateToy(options: SimulatorOptions): Promise<Simulator> {
  const lateMs = Number(options.config.latems ?? lateMsByDefault);
  return startSimulator<Kept>({
    options,
    routes: (ledger) => [
      {
        method: 'POST',
        path: '/pay',
        handle: ({ body }) => pay(ledger, body as { messageId: string; payments: Asked[] }, lateMs),
      },
      {
        method: 'POST',
        path: '/ask',
        handle: ({ body }) => answerAbout(ledger, (body as { ids: string[] }).ids),
      },
      {
        method: 'GET',
        path: '/toys/:id',
        handle: ({ params }) => ({ status: magicOf(params.id!) === 'notFound' ? 404 : 200, body: {} }),
      },
    ],
  });
}

function pay(
  ledger: SimulatorLedger<Kept>,
  { messageId, payments }: { messageId: string; payments: Asked[] },
  lateMs: number,
): SimulatedAnswer {
  const magics = new Set(payments.map(({ payee }) => magicOf(payee)));
  const spoilt = spoiltBy(magics, ledger.sightsOf(messageId));
  if (spoilt === 'busyTwice') return busyAnswer;
  if (spoilt === 'nonsense') return nonsenseAnswer;
  if (spoilt === 'cutBeforePaid') return 'hang-up';
  if (payments.some(({ payer }) => isPayerWithoutFunds(payer) && !ledger.isFunded(payer))) {
    return { status: 402, body: {} };
  }
  for (const payment of payments) book(ledger, payment, lateMs);
  if (magics.has('paidThenCut')) return 'hang-up';
  return answerAbout(
    ledger,
    payments.map(({ id }) => id),
  );
}

function book(ledger: SimulatorLedger<Kept>, payment: Asked, lateMs: number): void {
  const magic = magicNow(payment.payee, ledger.sightsOf);
  const isRefused = magic === 'notFound' || magic === 'refused' || isAboveLimit(payment.amount);
  const isPending = magic === 'pending' || magic === 'late';
  ledger.book({
    ...payment,
    state: isRefused ? 'rejected' : isPending ? 'pending' : 'completed',
    executes: !isRefused && !isPending,
    data: { code: isRefused ? (magic === 'notFound' ? 404 : 422) : 0, text: isRefused ? 'No such game' : '' },
    ...(magic === 'late' && { due: { at: Date.now() + lateMs, state: 'completed' } }),
  });
}

function answerAbout(ledger: SimulatorLedger<Kept>, ids: readonly string[]): SimulatedAnswer {
  const known = ids.flatMap((id) => ledger.find(id) ?? []);
  const results = known.map(({ id, state, data }): ToyResult => ({ id, state, ...data }));
  return { status: 200, body: { results } };
}

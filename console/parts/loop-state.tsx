/** The words, icons and colours of money inside of the loop: wallets, routes and their parts. */
import { Locked } from '@carbon/react/icons';
import type { PartState, RouteStatus, WalletStatus } from '../client/wallet-types.ts';
import { type Look, State } from './state.tsx';

export const walletLooks: Readonly<Record<WalletStatus, Look>> = {
  open: { word: 'open', tone: 'done' },
  frozen: { word: 'frozen', tone: 'partly', Icon: Locked },
  closed: { word: 'closed', tone: 'waiting' },
};

export const routeLooks: Readonly<Record<RouteStatus, Look>> = {
  processing: { word: 'processing', tone: 'running' },
  completed: { word: 'completed', tone: 'done' },
  partly_failed: { word: 'failed in part', tone: 'partly' },
  failed: { word: 'failed', tone: 'failed' },
  partly_reversed: { word: 'reversed in part', tone: 'partly' },
  reversed: { word: 'reversed', tone: 'waiting' },
};

const partLooks: Readonly<Record<PartState, Look>> = {
  pending: { word: 'pending', tone: 'running' },
  credited: { word: 'credited', tone: 'done' },
  paid_out: { word: 'paid out', tone: 'done' },
  failed: { word: 'failed', tone: 'failed' },
  reversed: { word: 'reversed', tone: 'waiting' },
};

export function WalletState({ status }: { readonly status: WalletStatus }) {
  return <State look={walletLooks[status]} />;
}

export function RouteState({ status }: { readonly status: RouteStatus }) {
  return <State look={routeLooks[status]} />;
}

export function PartStateMark({ state }: { readonly state: PartState }) {
  return <State look={partLooks[state]} />;
}

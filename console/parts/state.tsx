/** One word, one icon and one colour for every state, everywhere. */
import {
  type CarbonIconType,
  CheckmarkFilled,
  CircleFilled,
  CloseFilled,
  Contrast,
  HelpFilled,
  PauseFilled,
  Time,
} from '@carbon/react/icons';
import { finalStatuses } from '../../domain/outcome.ts';
import type { BatchStatus, Counts, Hold, PaymentState, RailState } from '../client/types.ts';
import type { DeliveryState } from '../client/webhook-types.ts';

export type Tone = 'waiting' | 'running' | 'done' | 'partly' | 'failed' | 'unknown';
export type Look = { readonly word: string; readonly tone: Tone; readonly Icon?: CarbonIconType };

const icons: Readonly<Record<Tone, CarbonIconType>> = {
  waiting: Time,
  running: CircleFilled,
  done: CheckmarkFilled,
  partly: Contrast,
  failed: CloseFilled,
  unknown: HelpFilled,
};

export const paymentLooks: Readonly<Record<PaymentState, Look>> = {
  done: { word: 'paid', tone: 'done' },
  running: { word: 'running', tone: 'running' },
  waiting: { word: 'waiting', tone: 'waiting' },
  failed: { word: 'failed', tone: 'failed' },
  unknown: { word: 'unknown', tone: 'unknown' },
};

const batchLooks: Readonly<Record<BatchStatus, Look>> = {
  queued: { word: 'queued', tone: 'waiting' },
  validating: { word: 'checking', tone: 'running' },
  awaiting_approval: { word: 'awaits approval', tone: 'waiting' },
  processing: { word: 'processing', tone: 'running' },
  completed: { word: 'completed', tone: 'done' },
  below_threshold: { word: 'below threshold', tone: 'partly' },
  completed_with_pending: { word: 'closed with pending rows', tone: 'unknown' },
  rejected: { word: 'file refused', tone: 'failed' },
  cancelled: { word: 'cancelled', tone: 'failed' },
};

const railLooks: Readonly<Record<RailState, Look>> = {
  up: { word: 'up', tone: 'done' },
  circuit_open: { word: 'circuit open', tone: 'failed' },
  paused: { word: 'paused', tone: 'partly', Icon: PauseFilled },
  away: { word: 'away', tone: 'unknown' },
};

export const deliveryLooks: Readonly<Record<DeliveryState, Look>> = {
  pending: { word: 'being tried', tone: 'running' },
  delivered: { word: 'heard', tone: 'done' },
  given_up: { word: 'given up', tone: 'failed' },
};

export function lookOfBatch(status: BatchStatus, hold: Hold, counts?: Counts | null): Look {
  const isFinal = finalStatuses.includes(status);
  if (hold === 'paused' && !isFinal) return { word: 'paused', tone: 'partly', Icon: PauseFilled };
  if (hold === 'cancelled' && !isFinal) return { word: 'cancelling', tone: 'running' };
  if (status === 'completed' && counts && counts.failed > 0) {
    return counts.done > 0 ? { word: 'completed in part', tone: 'partly' } : { word: 'all failed', tone: 'failed' };
  }
  return batchLooks[status];
}

export function wordOfBatch(status: BatchStatus): string {
  return batchLooks[status].word;
}

export function State({ look }: { readonly look: Look }) {
  const Icon = look.Icon ?? icons[look.tone];
  return (
    <span className="state" data-tone={look.tone}>
      <Icon size={look.tone === 'running' ? 12 : 16} aria-hidden="true" />
      {look.word}
    </span>
  );
}

export function BatchState(of: { readonly status: BatchStatus; readonly hold: Hold; readonly counts?: Counts | null }) {
  return <State look={lookOfBatch(of.status, of.hold, of.counts)} />;
}

export function PaymentStateMark({ state }: { readonly state: PaymentState }) {
  return <State look={paymentLooks[state]} />;
}

export function RailStateMark({ state }: { readonly state: RailState }) {
  return <State look={railLooks[state]} />;
}

export function DeliveryStateMark({ state }: { readonly state: DeliveryState }) {
  return <State look={deliveryLooks[state]} />;
}

export function InstanceState({ state, incidents }: { readonly state: string; readonly incidents: number }) {
  if (incidents > 0) return <State look={{ word: 'stuck', tone: 'failed' }} />;
  const looks: Readonly<Record<string, Look>> = {
    active: { word: 'active', tone: 'running' },
    completed: { word: 'completed', tone: 'done' },
    terminated: { word: 'terminated', tone: 'failed' },
  };
  return <State look={looks[state] ?? { word: state, tone: 'waiting' }} />;
}

/** The port of a channel: hands a letter to somebody who carries it, and says what is proven of it. */
import type { Handed, NoticeChannel } from '../../domain/notice.ts';

export type Letter = {
  readonly to: string;
  readonly subject?: string;
  readonly text: string;
  /** The same for every try of one notice. */
  readonly id: string;
};

export type ChannelLimits = {
  readonly ratePerSecond: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
};

export type Channel = {
  readonly id: NoticeChannel;
  readonly limits: ChannelLimits;
  /** Whether a letter that may have been taken can be sent again under its id without reaching anybody twice. */
  readonly isRepeatable: boolean;
  /** Never throws for what the network or the other side does; ends within the time-out. */
  send(letter: Letter): Promise<Handed>;
  close(): Promise<void>;
};

/** Which messages of a topic are in hand, and up to where each partition may be committed: never past one that is not done. */

export type Offsets = {
  /** False where the message is in hand or done already: a broker hands the same out again after a rebalance. */
  begin(partition: number, offset: string): boolean;
  done(partition: number, offset: string): void;
  /** The offset to commit: that of the first message that is not done. */
  committable(partition: number): string | undefined;
  /** Messages that are not done, over all partitions. */
  inHand(): number;
  /** Forgets a partition that belongs to somebody else now. */
  drop(partition: number): void;
};

type Standing = { readonly open: Set<bigint>; next: bigint };

export function createOffsets(): Offsets {
  const partitions = new Map<number, Standing>();
  return {
    begin(partition, text) {
      const offset = BigInt(text);
      const standing = partitions.get(partition);
      if (!standing) {
        partitions.set(partition, { open: new Set([offset]), next: offset + 1n });
        return true;
      }
      if (offset < standing.next) return false;
      standing.open.add(offset);
      standing.next = offset + 1n;
      return true;
    },
    done(partition, text) {
      partitions.get(partition)?.open.delete(BigInt(text));
    },
    committable(partition) {
      const standing = partitions.get(partition);
      if (!standing) return undefined;
      // A set keeps the order in which offsets came, which is theirs.
      const [first = standing.next] = standing.open;
      return String(first);
    },
    inHand: () => [...partitions.values()].reduce((sum, { open }) => sum + open.size, 0),
    drop: (partition) => void partitions.delete(partition),
  };
}

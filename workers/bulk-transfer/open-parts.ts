/** Sub-batches that are being filled, as many as a batch has rails and institutions: small ones wait in memory, large ones go out as they grow. */

export type OpenPart = {
  readonly name: string;
  /** Of all its lines, written or held. */
  chars: number;
  /** Lines that are not written yet. */
  held: string[];
};

export type PartLimits = {
  /** From this size on a part is large. */
  readonly largeChars: number;
  /** Large parts at once: each is an upload under way. */
  readonly largeMax: number;
  /** What all small parts together may hold. */
  readonly smallCharsMax: number;
};

export type OpenParts<P extends OpenPart> = {
  get(name: string): P | undefined;
  start(part: P): void;
  /** Adds a line. */
  add(part: P, line: string): void;
  /** A part that has to be finished before more is added, however few rows it has. */
  overfull(): P | undefined;
  /** Large parts with lines that are not written yet. */
  unwritten(): P[];
  /** Takes it out. */
  take(part: P): void;
  all(): P[];
};

/** As long as a sub-batch has a thousand rows, some two hundred institutions at once before any part is cut short. */
export const partLimits: PartLimits = { largeChars: 512 * 1024, largeMax: 32, smallCharsMax: 64 * 1024 * 1024 };

/** Which part is overfull depends on nothing but the lines and their order, so that a repeat cuts in the same places. */
export function createOpenParts<P extends OpenPart>(limits: PartLimits = partLimits): OpenParts<P> {
  const parts = new Map<string, P>();
  const isLarge = ({ chars }: P) => chars >= limits.largeChars;
  let smallChars = 0;
  let large = 0;

  return {
    get: (name) => parts.get(name),
    start: (part) => void parts.set(part.name, part),

    add(part, line) {
      const wasLarge = isLarge(part);
      if (!wasLarge) smallChars -= part.chars;
      part.chars += line.length;
      part.held.push(line);
      if (!isLarge(part)) smallChars += part.chars;
      else if (!wasLarge) large += 1;
    },

    overfull() {
      if (large > limits.largeMax) return largest([...parts.values()].filter(isLarge));
      if (smallChars > limits.smallCharsMax) return largest([...parts.values()].filter((part) => !isLarge(part)));
      return undefined;
    },

    unwritten: () => [...parts.values()].filter((part) => isLarge(part) && part.held.length > 0),

    take(part) {
      parts.delete(part.name);
      if (isLarge(part)) large -= 1;
      else smallChars -= part.chars;
    },

    all: () => [...parts.values()],
  };
}

function largest<P extends OpenPart>(parts: readonly P[]): P | undefined {
  return parts.reduce<P | undefined>((most, part) => (most && most.chars >= part.chars ? most : part), undefined);
}

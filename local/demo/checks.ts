/** What must be true, told as it is found out, and kept for the end. */
import type { Screen } from './screen.ts';

export type Checks = {
  /** `problems`: what is not as it must be, a sentence each; none means that the claim holds. */
  that(claim: string, problems: readonly string[]): void;
  readonly failed: readonly string[];
};

/** A page of the same mistake helps nobody. */
const shownMax = 8;

export function createChecks(screen: Screen): Checks {
  const failed: string[] = [];
  return {
    failed,
    that(claim, problems) {
      screen.check(problems.length === 0, claim);
      for (const problem of problems.slice(0, shownMax)) screen.say(`      ${problem}`);
      if (problems.length > shownMax) screen.say(`      … and ${problems.length - shownMax} more`);
      if (problems.length > 0) failed.push(`${claim}: ${problems[0]}`);
    },
  };
}

/** One sentence for each field that is not as it must be. */
export function differences(found: object, wanted: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const [is, must] = [(found as Record<string, unknown>)[name], value].map((one) => JSON.stringify(one));
    return is === must ? [] : [`${name} is ${is}, must be ${must}`];
  });
}

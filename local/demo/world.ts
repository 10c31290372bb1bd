/** What every part of the demo needs. */
import type { Environment } from '../environment.ts';
import type { Checks } from './checks.ts';
import type { HubClient } from './hub-client.ts';
import type { Screen } from './screen.ts';

export type World = {
  /** The project's folder. */
  readonly root: string;
  readonly env: Environment;
  readonly hub: HubClient;
  readonly screen: Screen;
  readonly checks: Checks;
};

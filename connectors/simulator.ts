/** What a rail's simulator is: an HTTP server on loopback with a durable ledger, started by `local/` and by tests on port 0. */

export type SimulatorOptions = {
  /** 0 takes a free port. */
  readonly port: number;
  /** Folder of the durable ledger; made if missing. */
  readonly dir: string;
  readonly config: Readonly<Record<string, string>>;
  readonly now?: () => Date;
};

/** One payment as the rail's own books have it; the checker compares these with the hub's. */
export type LedgerEntry = {
  /** The id the hub gave it: endToEndId, or what maps to it one to one. */
  readonly id: string;
  /** How often the rail carried it out; more than 1 is a double payment. */
  readonly executed: number;
  readonly state: 'completed' | 'rejected' | 'pending';
  /** Decimal string as received. */
  readonly amount: string;
  readonly currency: string;
  readonly payer: string;
  readonly payee: string;
};

export type Simulator = {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
};

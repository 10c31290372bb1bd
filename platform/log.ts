/** JSON events in the past tense with ids as fields. The only place that imports winston. */
import winston from 'winston';

export type Fields = Readonly<Record<string, unknown>>;
export type Log = {
  debug(event: string, fields?: Fields): void;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  /** A person should look. */
  error(event: string, fields?: Fields): void;
  child(fields: Fields): Log;
};

/** Logs to stdout, one JSON object a line. `service` names the process. */
export function createLog(service: string, level = 'info'): Log {
  const logger = winston.createLogger({
    level,
    defaultMeta: { service },
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console({ stderrLevels: [] })],
  });
  return wrap(logger);
}

/** Says nothing; for tests and tools. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};

function wrap(logger: winston.Logger): Log {
  // winston formats an event before it looks whether anybody wants it.
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (event: string, fields?: Fields) => {
    if (logger.isLevelEnabled(level)) logger.log(level, event, readable(fields));
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(fields)),
  };
}

/** Errors become message and stack, bigints text; winston would print {} and throw. */
function readable(fields: Fields = {}): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const cause = value.cause ? { cause: plain(value.cause) } : {};
  return { name: value.name, message: value.message, stack: value.stack, ...cause };
}

/** The last four characters of what may identify a person: `…4321`. */
export function masked(text: string): string {
  return `…${text.slice(-4)}`;
}

/** Every port of the stack, named by the environment variable that moves it. */
import { localRails, simulatorPortVariable } from './rails.ts';

export type Ports = Readonly<Record<string, number>>;

const basePorts: Ports = {
  ZEEBE_PORT: 26500,
  ZEEBE_COMMAND_PORT: 26501,
  ZEEBE_INTERNAL_PORT: 26502,
  ZEEBE_MANAGEMENT_PORT: 9600,
  ZEEBE_REST_PORT: 9601,
  KAFKA_PORT: 9092,
  KAFKA_CONTROLLER_PORT: 9093,
  MONGO_PORT: 27017,
  S3_PORT: 8333,
  S3_GRPC_PORT: 8334,
  S3_MASTER_PORT: 9333,
  S3_MASTER_GRPC_PORT: 9334,
  S3_VOLUME_PORT: 8380,
  S3_VOLUME_GRPC_PORT: 8381,
  S3_FILER_PORT: 8888,
  S3_FILER_GRPC_PORT: 8889,
  API_PORT: 8090,
  WORKERS_PORT: 8091,
  CONNECTORS_PORT: 8092,
  MONITORING_PORT: 8093,
  OPENID_PORT: 8094,
  MESSAGES_PORT: 8095,
  SMTP_PORT: 8096,
  ...Object.fromEntries(localRails.map((rail) => [simulatorPortVariable(rail.id), rail.port])),
};

/** Linux hands out ports from here up to outgoing connections; a server that listens there may find its port taken. */
const firstEphemeralPort = 32768;

/** The ports of a profile; throws RangeError when two are the same or one is no port. */
export function portsOf(profile: string, environment: NodeJS.ProcessEnv): Ports {
  const offset = numberOf('PORT_OFFSET', environment.PORT_OFFSET) ?? defaultOffset(profile);
  const ports = Object.fromEntries(
    Object.entries(basePorts).map(([name, base]) => [name, numberOf(name, environment[name]) ?? shifted(base, offset)]),
  );
  assertUsable(ports);
  return ports;
}

function defaultOffset(profile: string): number {
  if (profile === 'local') return 0;
  return profile === 'test' ? 10_000 : 5_000;
}

/** Up by the offset, or down where up would land among the ephemeral ports: 26500 becomes 16500 in profile `test`. */
function shifted(base: number, offset: number): number {
  const inside = (port: number) => port > 1023 && port < firstEphemeralPort;
  return [base + offset, base - offset].find(inside) ?? base + offset;
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,5}$/.test(text)) throw new RangeError(`${name} must be a whole number: "${text}"`);
  return Number(text);
}

function assertUsable(ports: Ports): void {
  const owner = new Map<number, string>();
  for (const [name, port] of Object.entries(ports)) {
    if (port < 1 || port > 65535) throw new RangeError(`${name}=${port} is no port (1 to 65535)`);
    const other = owner.get(port);
    if (other) throw new RangeError(`${name} and ${other} are both ${port}: move one of them`);
    owner.set(port, name);
  }
}

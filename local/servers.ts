/** Everything that the stack starts, a line each. */
import { localRails, simulatorPortVariable } from './rails.ts';
import type { Server } from './server.ts';
import { hubProcess } from './servers/hub.ts';
import { kafka } from './servers/kafka.ts';
import { mongo } from './servers/mongo.ts';
import { s3 } from './servers/s3.ts';
import { zeebe } from './servers/zeebe.ts';

const four = ['zeebe', 'kafka', 'mongo', 's3'];
const simulatorPorts = localRails.map((rail) => simulatorPortVariable(rail.id));

export const servers: readonly Server[] = [
  zeebe,
  kafka,
  mongo,
  s3,
  { ...hubProcess('openid', 'local/openid-provider.js', ['OPENID_PORT'], []), addressVariable: 'OIDC_ISSUER' },
  hubProcess('simulators', 'local/simulators.js', simulatorPorts, []),
  {
    ...hubProcess('messages', 'local/message-servers.js', ['MESSAGES_PORT'], []),
    ports: ['MESSAGES_PORT', 'SMTP_PORT'],
  },
  hubProcess('workers', 'workers/main.js', ['WORKERS_PORT'], four),
  hubProcess('connectors', 'connectors/main.js', ['CONNECTORS_PORT'], [...four, 'simulators']),
  hubProcess('api', 'api/main.js', ['API_PORT'], [...four, 'openid']),
  hubProcess('monitoring', 'monitoring/main.js', ['MONITORING_PORT'], ['kafka', 'mongo']),
];

/** The server of that name; throws RangeError, listing the names, when there is none. */
export function serverNamed(name: string): Server {
  const server = servers.find((candidate) => candidate.name === name);
  if (server) return server;
  throw new RangeError(`there is no server "${name}"; there are ${servers.map((each) => each.name).join(', ')}`);
}

/** `make token USER=…`: an access token of the local provider, for a sample person or for the machine of a sample tenant. */
import { clientToken } from './credentials.ts';
import { sampleMachines, samplePeople } from './openid/sample-people.ts';
import { signIn } from './openid/sign-in.ts';
import { createStack } from './stack.ts';

const name = process.argv[2] ?? '';

try {
  console.log(await tokenOf(name));
} catch (error) {
  const { message, cause } = error as Error;
  console.error(
    cause === undefined ? message : `the sign-in server does not answer: \`make up\` starts it (${message})`,
  );
  process.exitCode = 1;
}

async function tokenOf(who: string): Promise<string> {
  const env = createStack().env();
  if ((sampleMachines as readonly string[]).includes(who)) return (await clientToken(env, who, {})).token;
  if (samplePeople.some(({ username }) => username === who)) {
    const place = { issuer: env.OIDC_ISSUER!, audience: env.OIDC_AUDIENCE!, password: env.SAMPLE_PASSWORD! };
    return signIn(place, who);
  }
  throw new Error(usage());
}

function usage(): string {
  const people = samplePeople.map(
    ({ username, tenant = 'the hub', roles }) => `  ${username.padEnd(12)} ${roles.join(', ')} of ${tenant}`,
  );
  const machines = sampleMachines.map((machine) => `  ${machine.padEnd(12)} machine of ${machine}`);
  return `usage: make token USER=NAME\n${[...people, ...machines].join('\n')}`;
}

import { describe, expect, test } from 'vitest';
import { portsOf } from './ports.ts';

describe('the ports of a profile', () => {
  test.each(['local', 'test', 'demo'])(
    'are all different and leave the ephemeral range alone in profile %s',
    (profile) => {
      const ports = Object.values(portsOf(profile, {}));
      expect(new Set(ports).size).toBe(ports.length);
      expect(ports.every((port) => port > 1023 && port < 32768)).toBe(true);
    },
  );

  test('of the test profile are none of the local one', () => {
    const local = new Set(Object.values(portsOf('local', {})));
    expect(Object.values(portsOf('test', {})).filter((port) => local.has(port))).toEqual([]);
  });

  test('are those of the servers themselves in profile local', () => {
    expect(portsOf('local', {})).toMatchObject({
      ZEEBE_PORT: 26500,
      KAFKA_PORT: 9092,
      MONGO_PORT: 27017,
      API_PORT: 8090,
    });
  });

  test('move by PORT_OFFSET, and one by its own variable', () => {
    const ports = portsOf('test', { PORT_OFFSET: '2000', KAFKA_PORT: '7777' });
    expect(ports).toMatchObject({ API_PORT: 10090, KAFKA_PORT: 7777 });
  });

  test('are refused when two are the same or one is no port', () => {
    expect(() => portsOf('local', { API_PORT: '8091' })).toThrow('WORKERS_PORT and API_PORT are both 8091');
    expect(() => portsOf('local', { API_PORT: '70000' })).toThrow('API_PORT=70000 is no port');
    expect(() => portsOf('local', { API_PORT: 'eighty' })).toThrow('API_PORT must be a whole number');
  });
});

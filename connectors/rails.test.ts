import { expect, test } from 'vitest';
import type { RailDefinition } from './rail.ts';
import { createRailRegistry, railById, railOfMode, rails } from './rails.ts';
import { slcb } from './slcb/rail.ts';

const toy: RailDefinition = {
  ...slcb,
  id: 'toy',
  paymentModes: ['toy', 'play'],
  columns: [{ name: 'toy_colour', description: 'its colour' }],
};

test('the registry of the hub is sound: no two rails claim one id or mode', () => {
  const { all, modes } = createRailRegistry();
  expect(all).toBe(rails);
  expect(modes).toContain('slcb');
});

test('a rail is found by its id and by its modes in any case', () => {
  expect(railOfMode('SLCB')).toBe(slcb);
  expect(railById('slcb')).toBe(slcb);
  expect(railOfMode('carrier-pigeon')).toBeUndefined();
  expect(railById('SLCB')).toBeUndefined();
});

test('a toy rail is one more line', () => {
  const registry = createRailRegistry([slcb, toy]);
  expect(registry.byMode('Play')).toBe(toy);
  expect(registry.byId('toy')).toBe(toy);
  expect(registry.modes).toEqual(['slcb', 'toy', 'play']);
  expect(registry.columns.map(({ name }) => name)).toContain('toy_colour');
});

test('two rails that claim one id or one mode are refused', () => {
  expect(() => createRailRegistry([slcb, { ...toy, id: 'slcb' }])).toThrow('same id');
  expect(() => createRailRegistry([slcb, { ...toy, paymentModes: ['slcb'] }])).toThrow('same payment mode');
});

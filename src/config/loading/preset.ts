import { PRESETS } from '../settings/adobe-settings.ts';
import { defaultOf, type Setting } from '../settings/settings.ts';
import type { Given, Layer } from './given.ts';

const isPreset = (name: unknown): name is keyof typeof PRESETS =>
  typeof name === 'string' && Object.hasOwn(PRESETS, name);

/**
 * What was given, and below it the servers that the setting `adobe` names. What was given as its default is taken as
 * not given: a file may be written out in full, as config/default.yaml is.
 */
export function overPreset(settings: readonly Setting[], given: Layer): Map<string, Given> {
  const complete = new Map(given);
  const chosen = given.get('adobe');
  if (chosen === undefined || !isPreset(chosen.value)) return complete;
  for (const [key, value] of Object.entries(PRESETS[chosen.value])) {
    const setting = settings.find((one) => one.key === key);
    const own = given.get(key);
    const untouched = own === undefined || (setting !== undefined && own.value === defaultOf(setting.schema));
    if (untouched) complete.set(key, { value, source: chosen.source });
  }
  return complete;
}

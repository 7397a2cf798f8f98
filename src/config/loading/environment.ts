import Type, { type TSchema } from 'typebox';
import { expectationOf, holdsSecret, type Setting } from '../settings/settings.ts';
import type { Given, Layer } from './given.ts';
import { type ConfigMistake, printable, unknownName } from './mistake.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file; it is not a setting, for a file cannot name itself. */
export const CONFIG_VARIABLE = 'CMU_PROXY_CONFIG';

/**
 * Reads the settings that the environment gives. An empty variable counts as not set, as compose files and Helm charts
 * leave many so. A variable of ours that nothing reads is a mistake: a typing error must not go unnoticed.
 */
export function readEnvironment(
  settings: readonly Setting[],
  env: Environment,
): { layer: Layer; mistakes: ConfigMistake[] } {
  const byVariable = new Map(settings.map((setting) => [setting.variable, setting]));
  const layer = new Map<string, Given>();
  const mistakes: ConfigMistake[] = [];

  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('CMU_PROXY_') || text === undefined || text === '') continue;
    if (variable === CONFIG_VARIABLE || isServiceLink(variable, text, byVariable)) continue;
    const setting = byVariable.get(variable);
    if (setting === undefined) {
      // The value is not shown: a secret in a misspelt variable is as likely as anything.
      const known = [...byVariable.keys(), CONFIG_VARIABLE];
      mistakes.push({
        key: variable,
        expected: unknownName(variable, known, 'no setting has this variable'),
      });
      continue;
    }
    const parsed = parse(setting.schema, text);
    if (parsed === undefined) mistakes.push(unreadable(setting, text));
    else layer.set(setting.key, { value: parsed.value, source: variable });
  }
  return { layer, mistakes };
}

/** Turns a variable's text into what the schema takes; whether it is within bounds is judged later, with the file's. */
function parse(schema: TSchema, text: string): { value: unknown } | undefined {
  if (Type.IsInteger(schema)) return /^-?\d{1,15}$/.test(text) ? { value: Number(text) } : undefined;
  if (Type.IsBoolean(schema)) {
    return text === 'true' || text === 'false' ? { value: text === 'true' } : undefined;
  }
  if (Type.IsArray(schema) && Type.IsString(schema.items)) {
    const items = text.split(',').map((item) => item.trim());
    return { value: items.filter((item) => item !== '') };
  }
  if (!Type.IsArray(schema) && !Type.IsRecord(schema)) return { value: text };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function unreadable({ key, variable, schema }: Setting, text: string): ConfigMistake {
  const advice = SERVICE_LINK_VALUE.test(text)
    ? '; Kubernetes set this for a Service of that name: rename it, or set enableServiceLinks: false in the pod'
    : '';
  const given = printable(text, { secret: holdsSecret(schema) });
  return { key, source: variable, given, expected: `expected ${expectationOf(schema)}${advice}` };
}

const SERVICE_LINK_VALUE = /^(tcp|udp|sctp):\/\//;
const SERVICE_LINK_NAME = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;

/**
 * Kubernetes puts variables into every pod for every Service of its namespace (`CMU_PROXY_SERVICE_HOST`,
 * `CMU_PROXY_PORT=tcp://…`). With a Service named `cmu-proxy` they look like ours, and are not.
 */
function isServiceLink(variable: string, text: string, ours: ReadonlyMap<string, unknown>): boolean {
  if (ours.has(variable)) return false;
  return SERVICE_LINK_NAME.test(variable) || (variable.endsWith('_PORT') && SERVICE_LINK_VALUE.test(text));
}

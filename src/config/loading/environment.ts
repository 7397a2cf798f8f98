import Type, { type TSchema } from 'typebox';
import { parsedJson } from '../../base/json.ts';
import { expectationOf, type Setting } from '../settings/settings.ts';
import type { GivenConfig } from './given.ts';
import { printable, unknownName } from './mistake.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file; it is not a setting, for a file cannot name itself. */
export const CONFIG_VARIABLE = 'CMU_PROXY_CONFIG';

/**
 * Puts the settings that the environment gives over the file's. An empty variable counts as not set, as compose files
 * and Helm charts leave many so. A variable of ours that nothing reads is a mistake: a typing error must not go
 * unnoticed.
 */
export function readEnvironment(settings: readonly Setting[], env: Environment, given: GivenConfig): void {
  const byVariable = new Map(settings.map((setting) => [setting.variable, setting]));

  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('CMU_PROXY_') || text === undefined || text === '') continue;
    if (variable === CONFIG_VARIABLE) continue;
    const setting = byVariable.get(variable);
    if (setting === undefined) {
      if (isServiceLink(variable, text)) continue;
      // The value is not shown: a secret in a misspelt variable is as likely as anything.
      const known = [...byVariable.keys(), CONFIG_VARIABLE];
      given.mistakes.push({
        key: variable,
        expected: unknownName(variable, known, 'no setting has this variable'),
      });
      continue;
    }
    const { key, schema } = setting;
    // A secret and the file that holds it are two spellings of one setting.
    const twin = variable.endsWith('_FILE') ? variable.slice(0, -'_FILE'.length) : `${variable}_FILE`;
    const other = (env[twin] ?? '') === '' ? byVariable.get(twin) : undefined;
    if (other !== undefined) given.put(other.key, undefined, variable);
    const isLink = Type.IsInteger(schema) && SERVICE_LINK_VALUE.test(text);
    given.put(key, isLink ? undefined : parsed(schema, text), variable);
    if (!isLink) continue;
    const expected = `expected ${expectationOf(schema)}; Kubernetes set this for a Service of that name: rename it, or set enableServiceLinks: false in the pod`;
    given.wrong(key, { given: printable(text), expected });
  }
}

/** Turns a variable's text into what the schema takes, if it can be: all that is given is judged later. */
function parsed(schema: TSchema, text: string): unknown {
  if (Type.IsInteger(schema)) return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (Type.IsBoolean(schema)) return text === 'true' || text === 'false' ? text === 'true' : text;
  if (Type.IsArray(schema) && Type.IsString(schema.items)) {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  if (!Type.IsArray(schema) && !Type.IsRecord(schema)) return text;
  const json = parsedJson(text);
  return json === undefined ? text : json;
}

const SERVICE_LINK_VALUE = /^(tcp|udp|sctp):\/\//;
const SERVICE_LINK_NAME = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;

/**
 * Kubernetes puts variables into every pod for every Service of its namespace (`CMU_PROXY_SERVICE_HOST`,
 * `CMU_PROXY_PORT=tcp://…`). With a Service named `cmu-proxy` they look like ours, and are not.
 */
const isServiceLink = (variable: string, text: string): boolean =>
  SERVICE_LINK_NAME.test(variable) || (variable.endsWith('_PORT') && SERVICE_LINK_VALUE.test(text));

import Type, { type Static, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { CLIENT_REFUSALS, REFUSALS } from '../oauth/refusals.ts';
import { BadCall } from './bad-call.ts';
import { FAULT_TARGETS } from './faults.ts';

const closed = { additionalProperties: false };
const oneOf = <const Name extends string>(names: readonly Name[]) =>
  Type.Union(names.map((name) => Type.Literal(name)));

const scope = {
  path: Type.Optional(Type.String({ pattern: '^/' })),
  on: Type.Optional(oneOf(FAULT_TARGETS)),
  times: Type.Optional(Type.Integer({ minimum: 1 })),
  probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
};

const fault = Type.Union([
  Type.Object(
    { kind: Type.Literal('latency'), ms: Type.Number({ minimum: 0, maximum: 600_000 }), ...scope },
    closed,
  ),
  Type.Object({ kind: oneOf(['reset', 'hang', 'tear']), ...scope }, closed),
  Type.Object({ kind: Type.Literal('refuse'), as: oneOf(REFUSALS), ...scope }, closed),
  Type.Object(
    {
      kind: Type.Literal('status'),
      status: Type.Integer({ minimum: 200, maximum: 599 }),
      body: Type.Optional(Type.String()),
      headers: Type.Optional(
        Type.Record(Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }), Type.String()),
      ),
      ...scope,
    },
    closed,
  ),
]);

const throttle = Type.Union([
  Type.Literal(false),
  Type.Object({ ratePerSecond: Type.Number({ minimum: 0 }), burst: Type.Integer({ minimum: 0 }) }, closed),
]);

const clock = Type.Object({ shiftMs: Type.Integer() }, closed);

const timeUnit = oneOf(['seconds', 'milliseconds']);

const variants = Type.Object(
  {
    profile: Type.Optional(oneOf(['documented', 'seen'])),
    tokenFormat: Type.Optional(oneOf(['jwt', 'opaque'])),
    timeUnit: Type.Optional(
      Type.Union([
        timeUnit,
        Type.Object({ register: Type.Optional(timeUnit), token: Type.Optional(timeUnit) }, closed),
      ]),
    ),
    tokenStatus: Type.Optional(Type.Union([Type.Literal(200), Type.Literal(201)])),
    tokenLifetime: Type.Optional(Type.Integer({ minimum: 1 })),
    clientLifetime: Type.Optional(Type.Integer({ minimum: 1 })),
    tokenRequestForm: Type.Optional(oneOf(['any', 'body', 'query'])),
    deviceInfo: Type.Optional(oneOf(['required', 'optional', 'ignored'])),
    tokenLag: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
);

const application = Type.Object(
  {
    state: Type.Optional(oneOf(['approved', 'unapproved', 'revoked'])),
    scopes: Type.Optional(Type.Array(Type.String())),
    tenants: Type.Optional(Type.Union([Type.Literal('all'), Type.Array(Type.String())])),
  },
  closed,
);

const forget = Type.Object({ as: Type.Optional(oneOf(CLIENT_REFUSALS)) }, closed);

const SCHEMAS = { application, clock, fault, forget, throttle, variants };

type Schemas = typeof SCHEMAS;

/** The calls of the fault API (`/_sandbox/*`) that have a body, by what it tells. */
export type BodyName = keyof Schemas;

export type Body<Name extends BodyName> = Static<Schemas[Name]>;

/**
 * Reads the body of a call; `forget` may come without one.
 * @throws {BadCall} when it is not JSON, or not what the call takes
 */
export const parseBody = <Name extends BodyName>(name: Name, text: string): Body<Name> =>
  parse(SCHEMAS[name], name === 'forget' && text === '' ? '{}' : text);

function parse<Schema extends TSchema>(schema: Schema, text: string): Static<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadCall('the body must be JSON');
  }
  if (Value.Check(schema, value)) return value;
  const problems = [...Value.Errors(schema, value)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  throw new BadCall(problems.slice(0, 5).join('; '));
}

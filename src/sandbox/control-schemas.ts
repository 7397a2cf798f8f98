import Type from 'typebox';
import { FAULT_TARGETS } from './faults.ts';

/** Bodies of the fault API (`/_sandbox/*`), checked before they are used. */

const closed = { additionalProperties: false };
const oneOf = <const Name extends string>(names: readonly Name[]) =>
  Type.Union(names.map((name) => Type.Literal(name)));

const scope = {
  on: Type.Optional(oneOf(FAULT_TARGETS)),
  times: Type.Optional(Type.Integer({ minimum: 1 })),
  probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
};

export const FaultSchema = Type.Union([
  Type.Object(
    { kind: Type.Literal('latency'), ms: Type.Number({ minimum: 0, maximum: 600_000 }), ...scope },
    closed,
  ),
  Type.Object({ kind: oneOf(['reset', 'hang', 'tear']), ...scope }, closed),
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

export const ThrottleSchema = Type.Union([
  Type.Literal(false),
  Type.Object({ ratePerSecond: Type.Number({ minimum: 0 }), burst: Type.Integer({ minimum: 0 }) }, closed),
]);

export const ClockSchema = Type.Object({ shiftMs: Type.Integer() }, closed);

const timeUnit = oneOf(['seconds', 'milliseconds']);

export const VariantsSchema = Type.Object(
  {
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
    clientHeaders: Type.Optional(oneOf(['required', 'ignored'])),
  },
  closed,
);

export const ApplicationSchema = Type.Object(
  {
    state: Type.Optional(oneOf(['approved', 'unapproved', 'revoked'])),
    scopes: Type.Optional(Type.Array(Type.String())),
    tenants: Type.Optional(Type.Union([Type.Literal('all'), Type.Array(Type.String())])),
  },
  closed,
);

import { FAULT_TARGETS, type Fault, type FaultEffect, type FaultScope } from '../control/faults.ts';
import { REFUSALS } from '../oauth/refusals.ts';

const PATTERN =
  /^(?<kind>[a-z]+)(?::(?<argument>\d{1,9}|[a-z_]+))?(?:@(?<on>[a-z]+|\/[^*%]*))?(?:\*(?<times>\d{1,9}))?(?:%(?<chance>\d(?:\.\d+)?))?$/;

/** How a fault is written on a command line, for messages. */
export const FAULT_SYNTAX =
  'latency:MS, status:CODE, refuse:HOW, reset, hang or tear, then optionally @register|@token|@report|@api|@dcr or @/PATH, *TIMES and %CHANCE (0 to 1)';

/**
 * Reads faults as a command line has them: `latency:500@token,status:503@report*3,reset%0.05`.
 * @throws {RangeError} naming the part that is wrong.
 */
export function parseFaults(text: string): Fault[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseFault);
}

function parseFault(text: string): Fault {
  const { kind, argument, on, times, chance } = PATTERN.exec(text)?.groups ?? {};
  const effect = effectOf(kind, argument);
  const scope = effect && scopeOf(on, times, chance);
  if (effect === undefined || scope === undefined) {
    throw new RangeError(`not a fault: "${text}". Expected ${FAULT_SYNTAX}.`);
  }
  return { ...effect, ...scope };
}

function effectOf(kind: string | undefined, argument: string | undefined): FaultEffect | undefined {
  const number = Number(argument);
  switch (kind) {
    case 'latency':
      return number >= 0 ? { kind, ms: number } : undefined;
    case 'status':
      return number >= 200 && number <= 599 ? { kind, status: number } : undefined;
    case 'refuse': {
      const as = REFUSALS.find((known) => known === argument);
      return as && { kind, as };
    }
    case 'reset':
    case 'hang':
    case 'tear':
      return argument === undefined ? { kind } : undefined;
    default:
      return undefined;
  }
}

function scopeOf(on?: string, times?: string, chance?: string): FaultScope | undefined {
  const target = FAULT_TARGETS.find((known) => known === on);
  const path = on?.startsWith('/') === true ? on : undefined;
  if (target === undefined && path === undefined && on !== undefined) return undefined;
  if (times !== undefined && Number(times) === 0) return undefined;
  if (chance !== undefined && Number(chance) > 1) return undefined;
  return {
    ...(target === undefined ? {} : { on: target }),
    ...(path === undefined ? {} : { path }),
    ...(times === undefined ? {} : { times: Number(times) }),
    ...(chance === undefined ? {} : { probability: Number(chance) }),
  };
}

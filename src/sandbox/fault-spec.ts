import Value from 'typebox/value';
import { FaultSchema } from './control-schemas.ts';
import type { Fault } from './faults.ts';

const PATTERN =
  /^(?<kind>latency|reset|hang|tear|status)(?::(?<number>\d+))?(?:@(?<on>[a-z]+))?(?:\*(?<times>\d+))?(?:%(?<probability>[\d.]+))?$/;

/** How a fault is written on a command line, for messages. */
export const FAULT_SYNTAX =
  'latency:MS, status:CODE, reset, hang or tear, then optionally @register|@token|@report|@dcr, *TIMES and %CHANCE (0 to 1)';

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
  const { kind, number, on, times, probability } = PATTERN.exec(text)?.groups ?? {};
  const fault: unknown = {
    kind,
    ...(number === undefined ? {} : kind === 'latency' ? { ms: Number(number) } : { status: Number(number) }),
    ...(on === undefined ? {} : { on }),
    ...(times === undefined ? {} : { times: Number(times) }),
    ...(probability === undefined ? {} : { probability: Number(probability) }),
  };
  if (!Value.Check(FaultSchema, fault))
    throw new RangeError(`not a fault: "${text}". Expected ${FAULT_SYNTAX}.`);
  return fault;
}

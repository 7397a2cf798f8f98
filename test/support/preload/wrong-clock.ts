/** Loaded before the program: the clock is wrong by `WRONG_CLOCK_MS` milliseconds. */
const { now } = Date;
const offset = Number(process.env['WRONG_CLOCK_MS']);

Date.now = () => now() + offset;

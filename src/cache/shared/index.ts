/** What is loaded only where reports are shared. */
export { Generation } from './generation.ts';
export { RedisSharedReports } from './redis-shared-reports.ts';
export { reportSeals } from './report-seal.ts';

export * from './reminders.ts';
export * from './slot-plan.ts';
export * from './words.ts';
export * from './zone.ts';

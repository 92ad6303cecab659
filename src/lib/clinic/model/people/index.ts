export * from './age.ts';
export * from './identity-document.ts';
export * from './patient.ts';
export * from './practitioner.ts';

export { Outpatient } from './outpatient.ts';
export { outpatientEffects } from './outpatient-effects.ts';
export { outpatientKnowledge } from './outpatient-knowledge.ts';
export type { PaymentPort, PaymentRequest, PaymentWay } from './payment.ts';
export { QueueBoard, type QueuePlace } from './queue-board.ts';
export type { VisitForPatient } from './visit-view.ts';

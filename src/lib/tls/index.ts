export { CertificateError, ensureCertificate, lanAddresses, readCertificate } from './certificate.ts';
export type { Certificate } from './certificate.ts';

import type { IceCandidate, MediaKind, SctpParameters } from 'mediasoup/types';
import type {
  DtlsParameters,
  RtpCapabilities,
  RtpParameters,
  SctpStreamParameters,
} from '../signaling/contract/index.ts';

export type Direction = 'send' | 'receive';

/** What a client needs to build its end of a transport. */
export interface TransportDescription {
  id: string;
  iceParameters: { usernameFragment: string; password: string; iceLite?: boolean };
  iceCandidates: IceCandidate[];
  dtlsParameters: { role?: 'auto' | 'client' | 'server'; fingerprints: DtlsParameters['fingerprints'] };
  sctpParameters?: SctpParameters;
}

export interface ProduceOptions {
  transportId: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  paused: boolean;
}

export interface ProduceDataOptions {
  transportId: string;
  label: string;
  sctpStreamParameters: SctpStreamParameters;
}

export interface ConsumeOptions {
  transportId: string;
  producerId: string;
  rtpCapabilities: RtpCapabilities;
}

export interface ConsumerSettings {
  paused?: boolean;
  preferredLayers?: { spatialLayer: number; temporalLayer?: number };
  /** 1 to 255; the higher one gets bits first when the receiver's link is thin. */
  priority?: number;
}

export interface TransportFigures {
  transportId: string;
  direction: Direction;
  availableBitrateKbps: number | null;
  sendBitrateKbps: number;
  recvBitrateKbps: number;
  rttMs: number | null;
}

export interface ProducerFigures {
  producerId: string;
  /** 0 to 10. */
  score: number;
  bitrateKbps: number;
  lossFraction: number;
}

export interface SessionFigures {
  transports: TransportFigures[];
  producers: ProducerFigures[];
  /** `producerId`: of the data producer. */
  dataProducers: { producerId: string; messagesReceived: number }[];
}

/** How the link of one member does, by what came over it until now. */
export interface LinkFigures {
  /** Null until the other end has reported. */
  rttMs: number | null;
  /** What has come of each picture; grows while it flows. */
  pictures: { producerId: string; bytes: number }[];
  /** All that came from the member, reports included. */
  receivedBytes: number;
}

/** What RoomMedia tells; every listener gets ids only, never mediasoup's objects. */
export interface RoomMediaEvents {
  activeSpeaker: [sessionId: string | null];
  transportState: [
    { sessionId: string; transportId: string; state: 'connected' | 'disconnected' | 'closed' },
  ];
  producerScore: [{ sessionId: string; producerId: string; score: number }];
  /** A producer or data producer ended, whoever closed it; not told for a router that is gone as a whole. */
  producerClosed: [{ sessionId: string; producerId: string }];
  /** A consumer or data consumer ended because its producer did. */
  consumerClosed: [{ sessionId: string; consumerId: string }];
  consumerScore: [{ sessionId: string; consumerId: string; score: number; producerScore: number }];
  consumerLayers: [
    { sessionId: string; consumerId: string; spatialLayer: number | null; temporalLayer: number | null },
  ];
}

export type Tell = <E extends keyof RoomMediaEvents>(event: E, ...data: RoomMediaEvents[E]) => void;

CREATE TABLE "box_capture_part" (
	"box_id" text NOT NULL,
	"outbox_id" text NOT NULL,
	"capture" bigint NOT NULL,
	"part" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "box_capture_part_pk" PRIMARY KEY("box_id","outbox_id","capture","part")
);
--> statement-breakpoint
CREATE TABLE "box_outbox" (
	"box_id" text NOT NULL,
	"outbox_id" text NOT NULL,
	"through" bigint DEFAULT 0 NOT NULL,
	"first_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "box_outbox_box_id_outbox_id_pk" PRIMARY KEY("box_id","outbox_id")
);
--> statement-breakpoint
CREATE TABLE "box_record" (
	"box_id" text NOT NULL,
	"outbox_id" text NOT NULL,
	"number" bigint NOT NULL,
	"kind" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"box_at_ms" double precision NOT NULL,
	"clock_run" text NOT NULL,
	"hub_offset_ms" double precision,
	"taken_at" timestamp (3) with time zone,
	"duration_ms" integer DEFAULT 0 NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"room_id" text,
	"claimed_room_id" text,
	"room_claim" text NOT NULL,
	"data" jsonb NOT NULL,
	"body" "bytea",
	CONSTRAINT "box_record_box_id_outbox_id_number_pk" PRIMARY KEY("box_id","outbox_id","number"),
	CONSTRAINT "box_record_kind_known" CHECK ("box_record"."kind" IN ('vitals', 'capture', 'capturePart', 'event', 'clock', 'void', 'gap')),
	CONSTRAINT "box_record_claim_known" CHECK ("box_record"."room_claim" IN ('none', 'confirmed', 'notServed', 'otherTime')),
	CONSTRAINT "box_record_room_confirmed" CHECK (("box_record"."room_id" IS NOT NULL) = ("box_record"."room_claim" = 'confirmed'))
);
--> statement-breakpoint
CREATE TABLE "box_service" (
	"room_id" text NOT NULL,
	"box_id" text NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"until" timestamp (3) with time zone,
	CONSTRAINT "box_service_room_id_box_id_since_pk" PRIMARY KEY("room_id","box_id","since")
);
--> statement-breakpoint
ALTER TABLE "box_capture_part" ADD CONSTRAINT "box_capture_part_capture" FOREIGN KEY ("box_id","outbox_id","capture") REFERENCES "public"."box_record"("box_id","outbox_id","number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_outbox" ADD CONSTRAINT "box_outbox_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_record" ADD CONSTRAINT "box_record_room_id_room_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."room"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_record" ADD CONSTRAINT "box_record_outbox" FOREIGN KEY ("box_id","outbox_id") REFERENCES "public"."box_outbox"("box_id","outbox_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_service" ADD CONSTRAINT "box_service_room_id_room_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."room"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_service" ADD CONSTRAINT "box_service_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "box_record_room" ON "box_record" USING btree ("room_id","taken_at");--> statement-breakpoint
CREATE INDEX "box_record_untimed" ON "box_record" USING btree ("box_id","outbox_id","clock_run") WHERE "box_record"."taken_at" IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "box_service_now" ON "box_service" USING btree ("box_id") WHERE "box_service"."until" IS NULL;--> statement-breakpoint
INSERT INTO "box_service" ("room_id", "box_id", "since") SELECT "id", "box_id", "created_at" FROM "room" WHERE "box_id" IS NOT NULL;

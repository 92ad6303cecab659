CREATE TABLE "box_config" (
	"box_id" text NOT NULL,
	"version" integer NOT NULL,
	"document" jsonb NOT NULL,
	"author_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"restored_from" integer,
	"outcome" text DEFAULT 'waiting' NOT NULL,
	"reason" text DEFAULT '' NOT NULL,
	"outcome_at" timestamp (3) with time zone,
	CONSTRAINT "box_config_box_id_version_pk" PRIMARY KEY("box_id","version"),
	CONSTRAINT "box_config_version" CHECK ("box_config"."version" >= 1),
	CONSTRAINT "box_config_outcome_known" CHECK ("box_config"."outcome" IN ('waiting', 'applied', 'refused', 'rolled_back', 'replaced'))
);
--> statement-breakpoint
CREATE TABLE "box_health" (
	"box_id" text NOT NULL,
	"step_s" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"cpu_percent" real,
	"memory_percent" real,
	"disk_percent" real,
	"temperature_c" real,
	"rtt_ms" real,
	"estimate_kbps" real,
	"loss_percent" real,
	"outbox_waiting" real,
	"clock_offset_ms" real,
	"signal_percent" real,
	CONSTRAINT "box_health_box_id_step_s_at_pk" PRIMARY KEY("box_id","step_s","at")
);
--> statement-breakpoint
CREATE TABLE "box_log" (
	"id" text PRIMARY KEY NOT NULL,
	"box_id" text NOT NULL,
	"requested_by" text NOT NULL,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone,
	"content" text
);
--> statement-breakpoint
CREATE TABLE "box_status" (
	"box_id" text PRIMARY KEY NOT NULL,
	"report" jsonb,
	"reported_at" timestamp (3) with time zone,
	"update_wanted" text
);
--> statement-breakpoint
ALTER TABLE "box_config" ADD CONSTRAINT "box_config_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_config" ADD CONSTRAINT "box_config_author_id_account_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_health" ADD CONSTRAINT "box_health_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_log" ADD CONSTRAINT "box_log_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_log" ADD CONSTRAINT "box_log_requested_by_account_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "box_status" ADD CONSTRAINT "box_status_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "box_health_age" ON "box_health" USING btree ("step_s","at");--> statement-breakpoint
CREATE INDEX "box_log_box" ON "box_log" USING btree ("box_id","requested_at");
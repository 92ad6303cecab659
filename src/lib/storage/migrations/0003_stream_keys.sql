CREATE TABLE "stream_key" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"access" text NOT NULL,
	"picture_class" text,
	"institution_id" text NOT NULL,
	"room_id" text,
	"box_id" text,
	"token_hash" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "stream_key_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "stream_key_access_known" CHECK ("stream_key"."access" IN ('publish', 'view')),
	CONSTRAINT "stream_key_picture_class" CHECK (CASE WHEN "stream_key"."access" = 'publish' THEN "stream_key"."picture_class" IN ('clinical', 'face') AND "stream_key"."picture_class" IS NOT NULL ELSE "stream_key"."picture_class" IS NULL END),
	CONSTRAINT "stream_key_of_one" CHECK (num_nonnulls("stream_key"."room_id", "stream_key"."box_id") = 1)
);
--> statement-breakpoint
ALTER TABLE "stream_key" ADD CONSTRAINT "stream_key_institution_id_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stream_key" ADD CONSTRAINT "stream_key_room_id_room_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."room"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stream_key" ADD CONSTRAINT "stream_key_box_id_box_id_fk" FOREIGN KEY ("box_id") REFERENCES "public"."box"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stream_key" ADD CONSTRAINT "stream_key_created_by_account_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "stream_key_institution" ON "stream_key" USING btree ("institution_id");
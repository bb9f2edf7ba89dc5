-- Pictures in the middle of codes, once by their bytes: looks have copies of their own, whatever becomes of the library.
create table logos (
    -- Of the file as it is drawn: an SVG is written anew, a WebP is a PNG.
    sha256     text   not null primary key,
    kind       text   not null check (kind in ('png', 'jpeg', 'svg')),
    -- Width divided by height.
    aspect     double not null,
    created_at bigint not null,
    -- Since when no look holds it any more that a link had: it stays for 30 days, and the link can have it back.
    left_at    bigint,
    -- Behind what is asked every few seconds: a row is read up to the column that is wanted.
    bytes      blob   not null
);
alter table designs add column logo text references logos (sha256);
-- The file of the library that it was taken from; null once that is gone.
alter table designs add column logo_media blob;
create index designs_logo on designs (logo) where logo is not null;
create index designs_logo_media on designs (logo_media) where logo_media is not null;

-- Looks that nobody has yet: a link or a template that takes one makes it a design. Made without an account, gone after a
-- day; a workspace's own once it was changed with one.
create table fresh_designs (
    id           blob   not null primary key,
    workspace_id blob   references workspaces (id) on delete cascade,
    settings     text   not null,
    logo         text   references logos (sha256),
    logo_media   blob,
    created_at   bigint not null,
    updated_at   bigint not null
);
create index fresh_designs_created on fresh_designs (created_at);
create index fresh_designs_logo on fresh_designs (logo) where logo is not null;

-- Looks to be given to links. Those that come with the program are in its code.
create table qrcode_templates (
    id              blob   not null primary key,
    workspace_id    blob   not null references workspaces (id) on delete cascade,
    design_id       blob   not null unique references designs (id),
    name            text   not null default '',
    description     text   not null default '',
    tags            text   not null default '',
    faq             text   not null default '',
    learn_more      text   not null default '',
    slug            text   unique,
    published_at    bigint,
    -- Of the template that it is a copy of; that one may be gone.
    duplicated_from blob,
    created_at      bigint not null,
    updated_at      bigint not null
);
create index qrcode_templates_workspace on qrcode_templates (workspace_id, created_at, id);

-- The template whose look a link's code was given; the program's own are no rows.
alter table links add column qrcode_template_id blob;
create index links_qrcode_template on links (workspace_id, qrcode_template_id) where qrcode_template_id is not null;

-- What was uploaded, where that is not what is kept: an SVG is kept without what it could run or fetch.
alter table media add column source_sha256 text;
alter table media add column uploaded_from text not null default 'media_library';
create index media_source on media (workspace_id, source_sha256) where source_sha256 is not null;

-- Files that are on their way: declared, not complete. Their bytes lie in DIR/media/uploads, named by id; both go after an
-- hour.
create table media_uploads (
    -- Of the file to be; of a replacement its own.
    id            blob   not null primary key,
    workspace_id  blob   not null references workspaces (id) on delete cascade,
    -- The file whose bytes are to be replaced.
    replaces      blob   references media (id) on delete cascade,
    file_name     text   not null,
    mime_type     text   not null,
    size          bigint not null,
    -- As declared.
    sha256        text,
    visibility    text   not null check (visibility in ('public', 'private')),
    uploaded_from text   not null,
    uploaded_by   text   not null default '',
    created_at    bigint not null
);
create index media_uploads_created on media_uploads (created_at);

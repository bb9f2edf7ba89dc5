import type { components } from './schema';

// The API's own words, under the names the dashboard uses for them.
type Schemas = components['schemas'];
export type Session = Schemas['SessionResponse'];
export type Link = Schemas['Link'];
export type WorkflowStep = Schemas['WorkflowStep'];
/** One scan of a link: the wire calls it an event. */
export type Scan = Schemas['Event'];
/** What a scan did in a step of its workflow. */
export type Trace = Schemas['EventTrace'];
export type Device = Schemas['Device'];
export type Workspace = Schemas['Workspace'];
export type WorkspaceChange = Schemas['UpdateWorkspaceRequest'];
export type OwnWorkspace = Schemas['OwnWorkspace'];
export type Member = Schemas['Member'];
export type OneTimeLink = Schemas['OneTimeLink'];
export type Invite = Schemas['Invite'];
export type NewInvite = Schemas['CreateInviteResponse'];
export type Invitation = Schemas['InvitationResponse'];
export type JoinRequest = Schemas['JoinRequest'];
export type PasswordReset = Schemas['PasswordResetState'];
/** An API token, without its secret. */
export type Token = Schemas['WorkspaceToken'];
export type NewToken = Schemas['CreateWorkspaceTokenResponse'];
/** How far scans come. */
export type Funnel = Schemas['FunnelResponse'];
export type Annotation = Schemas['Annotation'];
/** Who is told of what happens. */
export type Webhook = Schemas['Webhook'];
export type AuditEntry = Schemas['AuditEntry'];
export type Export = Schemas['Export'];
export type ExportColumn = Schemas['ExportColumn'];
export type ExportRequest = Schemas['ExportRequest'];
export type Delivery = Schemas['Delivery'];
/** With its body. */
export type DeliveryDetail = Schemas['DeliveryDetail'];
export type ApiScope = Schemas['ApiScope'];
export type Account = Schemas['Account'];
export type AccountChange = Schemas['UpdateAccountRequest'];
export type Installation = Schemas['Installation'];
export type Backups = Schemas['BackupState'];
export type System = Schemas['SystemState'];
export type SetupState = Schemas['SetupState'];
/** Everything a range of scans shows. */
export type Overview = Schemas['OverviewResponse'];
export type OverviewRow = Schemas['OverviewRow'];
export type OverviewPlace = Schemas['OverviewPlace'];
export type OverviewCounts = Schemas['OverviewCounts'];
export type OverviewPoint = Schemas['OverviewPoint'];
export type LinkChange = Schemas['UpdateLinkRequest'];
/** Where a link leads, or led. */
export type LinkDestination = Schemas['LinkDestination'];
/** A slug of a link, with the place where it is printed. */
export type Address = Schemas['Address'];
export type AddressChange = Schemas['UpdateAddressRequest'];
/** A change of a link. */
export type HistoryEntry = Schemas['HistoryEntry'];
export type FieldChange = Schemas['FieldChange'];
export type LinksChange = Schemas['ChangeLinksRequest'];
export type ImportAnswer = Schemas['ImportLinksResponse'];
export type RowError = Schemas['RowError'];
export type Job = Schemas['Job'];
/** Scans that are judged again: what is asked for, and how far it is. */
export type Rejudging = Schemas['RejudgeRequest'];
export type RejudgeRun = Schemas['RejudgeRun'];

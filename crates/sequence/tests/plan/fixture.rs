//! Packages as text.

/// A package with nothing but its required properties.
pub const EMPTY: &str = "\
== Property.idt
Property	Value
s72	l0
Property	Property
ProductCode	{A1B2C3D4-1111-2222-3333-000000000001}
ProductName	Fixture
ProductVersion	1.0.0
ProductLanguage	1033
Manufacturer	msikit
== _SummaryInformation.idt
PropertyId	Value
i2	l255
_SummaryInformation	PropertyId
7	;1033
9	{A1B2C3D4-1111-2222-3333-0000000000AA}
14	100
15	0
";

/// The tables that [`EMPTY`] lacks to be the fixture of the shared vectors.
pub const COSTED: &str = "\
== Directory.idt
Directory	Directory_Parent	DefaultDir
s72	S72	l255
Directory	Directory
TARGETDIR		SourceDir
== Media.idt
DiskId	LastSequence	DiskPrompt	Cabinet	VolumeLabel	Source
i2	i4	L64	S255	S32	S72
Media	DiskId
1	10				
== Feature.idt
Feature	Feature_Parent	Title	Description	Display	Level	Directory_	Attributes
s38	S38	L64	L255	I2	i2	S72	i2
Feature	Feature
Alpha					1		0
Beta					1		1
Gamma					200		0
Delta	Gamma				1		0
Advert					1		4
== Component.idt
Component	ComponentId	Directory_	Attributes	Condition	KeyPath
s72	S38	s72	i2	S255	S72
Component	Component
CompA	{A1B2C3D4-1111-2222-3333-0000000000C1}	TARGETDIR	0		f1
CompSrc	{A1B2C3D4-1111-2222-3333-0000000000C2}	TARGETDIR	1		f2
CompB	{A1B2C3D4-1111-2222-3333-0000000000C3}	TARGETDIR	2		f3
CompG	{A1B2C3D4-1111-2222-3333-0000000000C4}	TARGETDIR	0		f4
CompD	{A1B2C3D4-1111-2222-3333-0000000000C5}	TARGETDIR	0		f5
CompAdv	{A1B2C3D4-1111-2222-3333-0000000000C6}	TARGETDIR	0		f6
== FeatureComponents.idt
Feature_	Component_
s38	s72
FeatureComponents	Feature_	Component_
Alpha	CompA
Beta	CompSrc
Beta	CompB
Gamma	CompG
Delta	CompD
Advert	CompAdv
== File.idt
File	Component_	FileName	FileSize	Version	Language	Attributes	Sequence
s72	s72	l255	i4	S72	S20	I2	i2
File	File
f1	CompA	file1.txt	10				1
f2	CompSrc	file2.txt	10				2
f3	CompB	file3.txt	10				3
f4	CompG	file4.txt	10				4
f5	CompD	file5.txt	10				5
f6	CompAdv	file6.txt	10				6
== InstallExecuteSequence.idt
Action	Condition	Sequence
s72	S255	I2
InstallExecuteSequence	Action
CostInitialize		800
FileCost		900
CostFinalize		1000
InstallValidate		1400
";

/// The usual execute sequence, as rows.
pub const SEQUENCE: &str = "
    InstallExecuteSequence AppSearch||50
    InstallExecuteSequence LaunchConditions||100
    InstallExecuteSequence FindRelatedProducts||200
    InstallExecuteSequence CostInitialize||800
    InstallExecuteSequence FileCost||900
    InstallExecuteSequence CostFinalize||1000
    InstallExecuteSequence SetODBCFolders||1100
    InstallExecuteSequence MigrateFeatureStates||1200
    InstallExecuteSequence InstallValidate||1400
    InstallExecuteSequence InstallInitialize||1500
    InstallExecuteSequence RemoveExistingProducts||1501
    InstallExecuteSequence ProcessComponents||1600
    InstallExecuteSequence UnpublishFeatures||1800
    InstallExecuteSequence RemoveRegistryValues||2600
    InstallExecuteSequence RemoveFiles||3500
    InstallExecuteSequence InstallFiles||4000
    InstallExecuteSequence WriteRegistryValues||5000
    InstallExecuteSequence RegisterProduct||6100
    InstallExecuteSequence PublishFeatures||6300
    InstallExecuteSequence PublishProduct||6400
    InstallExecuteSequence InstallFinalize||6600
";
